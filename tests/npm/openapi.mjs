// Holds the description of the interface (OpenAPI) against a public validator, its examples
// against its schemas, and answers that rollcall-web gave against what it promises.
//
//	node tests/npm/openapi.mjs openapi.json            the document
//	node tests/npm/openapi.mjs openapi.json seen.json  what was asked and answered
//
// seen.json is a list of {path, method, sent, status, type, headers, body}: the path as the
// description writes it, bodies as text. What is not described is a fault here, though those
// who call have to put up with it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";

const METHODS = ["get", "put", "post", "delete", "patch"];
const [path, seen] = process.argv.slice(2);
const doc = JSON.parse(readFileSync(path, "utf8"));
const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
let failed = 0;

function faults(of) {
	return of.errors.map((e) => `${e.instancePath || "/"} ${e.message} ${JSON.stringify(e.params)}`).join("\n      ");
}

function complain(what, why) {
	failed++;
	console.log(`FAIL  ${what}\n      ${why}`);
}

// A copy in which nothing may be there that is not described.
function closed(value) {
	if (Array.isArray(value))
		return value.map(closed);
	if (value === null || typeof value !== "object")
		return value;
	const copy = Object.fromEntries(Object.entries(value).map(([k, v]) => [k, k === "example" ? v : closed(v)]));
	if (copy.type === "object" && copy.properties && copy.additionalProperties === undefined)
		copy.additionalProperties = false;
	return copy;
}

function at(pointer) {
	return pointer.slice(2).split("/").reduce((v, part) => v[part.replaceAll("~1", "/").replaceAll("~0", "~")], doc);
}

function met(value) {
	return value && value.$ref ? at(value.$ref) : value;
}

function holds(what, schema, value, of = "open") {
	const check = ajv.compile(JSON.parse(JSON.stringify(of === "open" ? schema : closed(schema))
		.replaceAll('"#/', `"${of}#/`)));
	if (!check(value))
		complain(what, faults(check));
}

function* operations() {
	for (const [name, item] of Object.entries(doc.paths))
		for (const method of METHODS.filter((m) => item[m]))
			yield { what: `${method.toUpperCase()} ${name}`, name, method, item, ...item[method] };
}

// ---- the document ---------------------------------------------------------------------------

async function document() {
	const validator = new Validator(), found = await validator.validate(path);
	if (!found.valid)
		complain(path, JSON.stringify(found.errors));
	assert.equal(validator.version, "3.1");
	const ids = [...operations()].map((o) => o.operationId);
	if (new Set(ids).size !== ids.length)
		complain(path, "an operationId is there twice");
	for (const o of operations())
		examples(o);
	for (const [name, parameter] of Object.entries(doc.components.parameters))
		if (parameter.example !== undefined)
			holds("parameter " + name, parameter.schema, parameter.example);
	used();
}

function examples(o) {
	const bodies = [["the request", o.requestBody], ...Object.entries(o.responses)];
	for (const [which, raw] of bodies)
		for (const [type, { schema, example }] of Object.entries((met(raw) || {}).content || {}))
			if (example !== undefined)
				holds(`the example of ${o.what}, ${which}, ${type}`, schema, example,
					which === "the request" ? "open" : "closed");
	for (const parameter of [...(o.parameters || []), ...(o.item.parameters || [])].map(met))
		if (parameter.in === "path" && !o.name.includes(`{${parameter.name}}`))
			complain(o.what, `there is no {${parameter.name}} in the path`);
	for (const [, name] of o.name.matchAll(/\{(.+?)\}/g))
		if (![...(o.parameters || []), ...(o.item.parameters || [])].map(met).some((p) => p.in === "path" && p.name === name))
			complain(o.what, `{${name}} is not described`);
}

// What nobody refers to is left over.
function used() {
	const text = JSON.stringify(doc);
	for (const [kind, parts] of Object.entries(doc.components))
		for (const name of Object.keys(parts))
			if (kind !== "securitySchemes" && !text.includes(`"#/components/${kind}/${name}"`))
				complain(`components/${kind}/${name}`, "nothing refers to it");
}

// ---- what was seen --------------------------------------------------------------------------

function answered({ path: name, method, sent, status, type, headers, body }) {
	const what = `${method.toUpperCase()} ${name}, ${status}`, o = doc.paths[name][method];
	const promised = met(o.responses[status]);
	if (!promised)
		return complain(what, "this status is not described");
	if (status < 300 && o.requestBody && sent)
		holds(what + ", what was sent", o.requestBody.content["application/json"].schema, JSON.parse(sent));
	for (const [header, { schema }] of Object.entries(promised.headers || {}).map(([k, v]) => [k, met(v)]))
		if (headers[header.toLowerCase()] === undefined)
			complain(what, "without the header " + header);
		else if (schema.type === "integer" && !/^\d+$/.test(headers[header.toLowerCase()]))
			complain(what, `${header}: ${headers[header.toLowerCase()]}`);
	const kinds = Object.keys(promised.content || {});
	if (kinds.length === 0 && body !== "")
		return complain(what, "has a body: " + body.slice(0, 200));
	const kind = kinds.find((k) => k === (type || "text/plain") || k === "*/*");
	if (kinds.length > 0 && !kind)
		return complain(what, `is ${type}, not ${kinds.join(" or ")}`);
	if (kind && kind.endsWith("json"))
		holds(what, promised.content[kind].schema, JSON.parse(body), "closed");
}

ajv.addSchema({ ...doc, $id: "open" });
ajv.addSchema({ ...closed({ components: doc.components }), $id: "closed" });
if (seen)
	JSON.parse(readFileSync(seen, "utf8")).forEach(answered);
else
	await document();
console.log(failed ? `${failed} faults` : "nothing wrong");
process.exit(failed ? 1 : 0);
