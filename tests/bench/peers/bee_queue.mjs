/*
 * bee_queue - bee-queue as a peer: its defaults, one worker, 100 jobs at a time. The side that
 * enqueues listens to no events, as its manual advises where nobody waits for the result.
 */
import Queue from 'bee-queue'
import { main, payload } from './kit.mjs'

const CONCURRENCY = 100

function add_many(queue, first, count) {
	const jobs = []
	for (let n = first; n < first + count; n++)
		jobs.push(queue.createJob(payload(n)))
	return queue.saveAll(jobs)
}

await main({
	async enqueue(socket) {
		const queue = new Queue('bench', {
			redis: { path: socket },
			isWorker: false,
			getEvents: false,
			storeJobs: false,
		})
		await queue.ready()
		return {
			add: (n) => queue.createJob(payload(n)).save(),
			add_many: (first, count) => add_many(queue, first, count),
			close: () => queue.close(),
		}
	},
	async work(socket, handler) {
		const queue = new Queue('bench', { redis: { path: socket } })
		queue.process(CONCURRENCY, async (job) => handler(job.data))
	},
})
