#!/usr/bin/env python3
"""A roster is pulled from a provider's OneRoster REST, and whatever a provider does wrong leaves
the last good set in force. usage: test_import_rest.py [WORDS...]
"""
import copy
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from rig import Suite, check, equal, has, has_not  # noqa: E402
from roster_files import school_roster  # noqa: E402
from roster_provider import CLIENT, SECRET, Provider  # noqa: E402
from roster_rig import SCHOOL, TODAY, RosterRig, changes, words_of  # noqa: E402

suite = Suite()


def secret_file(rig, secret=SECRET):
    with open(rig.path("provider-secret"), "w", encoding="utf-8") as f:
        f.write(secret + "\n")
    return rig.path("provider-secret")


def pull(rig, provider, *words, status=0, secret=SECRET, client=CLIENT):
    done = rig.command("import", SCHOOL, "--from", provider.url, "--client-id", client, "--secret-file",
                       secret_file(rig, secret), "--today", TODAY, "--json", *words)
    if done.returncode != status:
        raise AssertionError("%d, want %d: %s%s" % (done.returncode, status, done.stdout[:2000], done.stderr))
    has_not(done.stdout + done.stderr, SECRET)
    report = json.loads(done.stdout)
    if report["import"]:
        rig.settle()
    return report


@suite
def the_same_set():
    """what a provider gives page by page makes the register that its files would make"""
    files = school_roster(classes=6, learners=25)
    with RosterRig().begin() as rig:
        rig.imported(files)
        from_files = {c: rig.register(c) for c in rig.classes()}
        for version in ("v1p1", "v1p2"):
            rig.redis("DEL", rig.key("roster:" + SCHOOL), rig.key("roster:%s:digests" % SCHOOL))
            with Provider(files, page_max=40, version=version) as provider:
                report = pull(rig, provider)
            equal(report["verdict"], "accepted", report["why"])
            equal((report["read"]["classes"], report["read"]["users"], report["read"]["enrolments"]), (6, 156, 156))
            pages = [path for path in provider.asked if path.startswith("enrollments")]
            equal(len(pages), 4, "pages of enrolments")
            for cls, register in from_files.items():
                now = rig.register(cls)
                equal([one["id"] for one in now["learners"]], [one["id"] for one in register["learners"]], cls)
                equal([one["email"] for one in now["learners"]], [one["email"] for one in register["learners"]], cls)
                equal((now["name"], now["starts"], now.get("code")),
                      (register["name"], register["starts"], register.get("code")), cls)


@suite
def each_end():
    """the last page is known by the total, by the links, or by an empty page after it, whatever a provider has of them"""
    files = school_roster(classes=4, learners=25)
    with RosterRig().begin() as rig:
        with Provider(school_roster(classes=1, learners=8), page_max=1) as provider:
            provider.tells_total = False
            learners = pull(rig, provider)["read"]["enrolments"]
            equal(learners, 9, "of a provider that gives one record at a time")
        for total, links in ((True, False), (False, True), (True, True), (False, False)):
            with Provider(files, page_max=26) as provider:
                provider.tells_total, provider.links = total, links
                report = pull(rig, provider)
                equal((report["read"]["enrolments"], report["verdict"] in ("accepted", "unchanged")), (104, True))
                pages = len([path for path in provider.asked if path.startswith("enrollments")])
                equal(pages, 5 if total or links else 6, "pages with total %s, links %s" % (total, links))


@suite
def patience():
    """throttling, a server's trouble and a token that runs out are waited out"""
    with RosterRig().begin() as rig, Provider(school_roster(), page_max=20) as provider:
        provider.refuse = [(429, [("Retry-After", "1")]), (503, []), (500, [])]
        provider.tokens_live = 5
        equal(pull(rig, provider)["verdict"], "accepted")
        check(provider.asked.count("token") >= 2, "a second token")


@suite
def no_entry():
    """a provider that does not let us in is not asked again and again, and the report says what to look at"""
    with RosterRig().begin() as rig, Provider(school_roster()) as provider:
        report = pull(rig, provider, secret="wrong", status=1)
        equal(report["verdict"], "refused")
        has(report["why"], "does not let us in", "--secret-file")
        check(provider.asked.count("token") <= 2, "sign-ins: %s" % provider.asked)
        provider.refuse = [(403, [])] * 9
        asked = len(provider.asked)
        has(pull(rig, provider, status=1)["why"], "403")
        check(len(provider.asked) - asked <= 2, "requests: %s" % provider.asked[asked:])


@suite
def over_https_alone():
    """a provider elsewhere is asked over https alone, however its address begins"""
    with RosterRig().begin(worker=False) as rig:
        for url in ("http://sis.example/v1p1", "http://localhost:1@127.0.0.2:9/v1p1", "http://localhost.sis.example/v1p1"):
            done = rig.command("import", SCHOOL, "--from", url, "--client-id", CLIENT, "--secret-file",
                               secret_file(rig))
            has(done.stdout + done.stderr, "over https alone")


@suite
def for_ever():
    """a provider that pages for ever, by the same page or by new ones, ends in a report, and the last set stays in force"""
    with RosterRig().begin() as rig:
        files = school_roster(classes=2, learners=60)
        rig.imported(files)
        before = rig.in_force()
        with Provider(files, page_max=30) as provider:
            provider.tells_total = False
            provider.same_page = "enrollments"
            report = pull(rig, provider, status=1)
            equal((report["verdict"], words_of(report)), ("refused", ["same_page"]))
        with Provider(files, page_max=1000) as provider:
            provider.endless = "academicSessions"
            report = pull(rig, provider, status=1)
            equal((report["verdict"], words_of(report)), ("refused", ["endless"]))
            check(len(provider.asked) < 30, "requests: %d" % len(provider.asked))
        rig.still(before)


@suite
def holes():
    """a list that changes while it is read, or that is shorter than its total, is not taken for people who left"""
    with RosterRig().begin() as rig:
        files = school_roster(classes=2, learners=60)
        rig.imported(files)
        before = rig.in_force()
        for habit, word in (("grows", "list_changed"), ("shifts", "list_changed"), ("cut", "not_all")):
            with Provider(files, page_max=30) as provider:
                setattr(provider, habit, "enrollments")
                report = pull(rig, provider, status=1)
                equal((report["verdict"], words_of(report)), ("refused", [word]), habit)
        rig.still(before)


@suite
def gone_away():
    """a provider that is not there, or answers nonsense, ends in a report after some tries"""
    with RosterRig().begin() as rig:
        provider = Provider(school_roster())
        provider.close()
        report = pull(rig, provider, status=1)
        equal(report["verdict"], "refused")
        has(report["why"], "the provider")
        with Provider(school_roster()) as provider:
            provider.records["orgs"] = {"not": "a list"}
            provider.page = lambda to, name, offset, limit: provider.answer(to, 200, {name: "no list"})
            report = pull(rig, provider, status=1)
            equal((report["verdict"], words_of(report)), ("refused", ["no_page"]))
        done = rig.command("import", SCHOOL, "--from", "http://provider.example/v1p1", "--client-id", "x",
                           "--secret-file", secret_file(rig), "--json")
        has(json.loads(done.stdout)["why"], "https")


@suite
def less():
    """what a provider lacks is held back as it is with files, and what it says changes only the classes concerned"""
    with RosterRig().begin() as rig:
        files = school_roster(classes=4)
        with Provider(files) as provider:
            pull(rig, provider)
        moved = copy.deepcopy(files)
        next(e for e in moved["enrollments"] if e["userSourcedId"] == "l1-3")["classSourcedId"] = "c2"
        with Provider(moved) as provider:
            changes(pull(rig, provider), changed=2, new=0, gone=0)
        before = rig.in_force()
        moved["enrollments"] = moved["enrollments"][:20]
        with Provider(moved) as provider:
            equal(pull(rig, provider, status=1)["verdict"], "held")
        rig.still(before)


sys.exit(suite.main(sys.argv[1:]))
