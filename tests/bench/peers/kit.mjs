/*
 * kit - what the peers written for Node share: the job, the clock file, and the four orders.
 *
 *	node PEER.mjs SOCKET single|bulk COUNT          prints jobs a second
 *	node PEER.mjs SOCKET idle COUNT CLOCK           prints "ready", then p50 and p99 in us
 *	node PEER.mjs SOCKET work COUNT CLOCK now|end   does jobs until SIGTERM
 *
 * CLOCK holds COUNT moments (nanoseconds of the monotonic clock, when the handler of job n
 * ran) and then COUNT numbers (how often it ran). A worker writes them as they come (now,
 * which idle waits for) or keeps them until it ends, so that a drain is not charged for it.
 */
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const PAYLOAD_BYTES = 200
const AT_ONCE = 500

/** What job n carries: 200 bytes of JSON. */
export function payload(n) {
	const data = { n, note: '' }
	data.note = '.'.repeat(PAYLOAD_BYTES - JSON.stringify(data).length)
	return data
}

function now_ns() {
	return process.hrtime.bigint()
}

/** The handler's side of the clock file. */
class Notes {
	constructor(path, count, when) {
		this.file = fs.openSync(path, 'r+')
		this.count = count
		this.at_once = when === 'now'
		this.at = new BigInt64Array(count)
		this.calls = new BigInt64Array(count)
	}

	ran(n) {
		this.at[n] = now_ns()
		this.calls[n]++
		if (this.at_once)
			fs.writeSync(this.file, this.at.subarray(n, n + 1), 0, 8, n * 8)
	}

	write() {
		fs.writeSync(this.file, this.at, 0, this.count * 8, 0)
		fs.writeSync(this.file, this.calls, 0, this.count * 8, this.count * 8)
	}
}

async function enqueue_all(count, at_once, enqueue) {
	const began = now_ns()
	for (let n = 0; n < count; n += at_once)
		await enqueue(n, Math.min(at_once, count - n))
	console.log(Math.round((count * 1e9) / Number(now_ns() - began)))
}

async function moment_of(file, n, seconds) {
	const cell = new BigInt64Array(1)
	for (const end = now_ns() + BigInt(seconds * 1e9); now_ns() < end; await sleep(1)) {
		fs.readSync(file, cell, 0, 8, n * 8)
		if (cell[0])
			return cell[0]
	}
	throw new Error(`job ${n} did not run within ${seconds} s`)
}

/** The last number of the file is the job that shows that the worker is up. */
async function idle(count, path, enqueue) {
	const file = fs.openSync(path, 'r')
	const took = []
	await enqueue(count, 1)
	await moment_of(file, count, 30)
	console.log('ready')
	await sleep(500)
	for (let n = 0; n < count; n++) {
		await sleep(1 + Math.random() * 4)
		const began = now_ns()
		await enqueue(n, 1)
		took.push(Number((await moment_of(file, n, 5)) - began) / 1000)
	}
	took.sort((a, b) => a - b)
	console.log(took[count >> 1].toFixed(1), took[Math.floor((count * 99) / 100)].toFixed(1))
}

/**
 * A peer is an object with
 *	enqueue(socket)        gives {add(n), add_many(first, count), close()}
 *	work(socket, handler)  starts taking jobs; the handler wants the data of the job
 */
export async function main(peer) {
	const [socket, order, count_text, clock, when] = process.argv.slice(2)
	const count = Number(count_text)
	if (order === 'work') {
		const notes = new Notes(clock, count, when)
		process.on('SIGTERM', () => {
			notes.write()
			process.exit(0)
		})
		await peer.work(socket, (data) => notes.ran(data.n))
		return
	}
	const queue = await peer.enqueue(socket)
	if (order === 'idle')
		await idle(count, clock, (n) => queue.add(n))
	else if (order === 'bulk')
		await enqueue_all(count, AT_ONCE, (n, many) => queue.add_many(n, many))
	else
		await enqueue_all(count, 1, (n) => queue.add(n))
	await queue.close()
	process.exit(0)
}
