/* bullmq - BullMQ as a peer: its defaults, one worker, 100 jobs at a time. */
import { Queue, Worker } from 'bullmq'
import { main, payload } from './kit.mjs'

const CONCURRENCY = 100

function add_many(queue, first, count) {
	const jobs = []
	for (let n = first; n < first + count; n++)
		jobs.push({ name: 'no-op', data: payload(n) })
	return queue.addBulk(jobs)
}

await main({
	async enqueue(socket) {
		const queue = new Queue('bench', { connection: { path: socket } })
		await queue.waitUntilReady()
		return {
			add: (n) => queue.add('no-op', payload(n)),
			add_many: (first, count) => add_many(queue, first, count),
			close: () => queue.close(),
		}
	},
	async work(socket, handler) {
		new Worker('bench', async (job) => handler(job.data), {
			connection: { path: socket, maxRetriesPerRequest: null },
			concurrency: CONCURRENCY,
		})
	},
})
