// Intake: PUT /orders/{id} and POST /orders (an array) become BullMQ jobs; 202 once Redis has said yes.
// `?due=<unix ms>` delays the jobs to that instant. It must not answer before the queue holds the order.
import Fastify from 'fastify'
import { Queue } from 'bullmq'

const queue = new Queue('orders', {
  connection: { host: '127.0.0.1', port: Number(process.env.REDIS_PORT) },
  defaultJobOptions: {
    attempts: 5,
    backoff: { type: 'exponential', delay: 1000 },
    removeOnComplete: 1000,
    removeOnFail: 1000
  }
})

function toJob (order, due) {
  // The job's id is the order's: BullMQ drops a second job of the same id, so a repeated order is one letter.
  const delay = due ? Math.max(0, due - Date.now()) : 0
  return { name: 'letter', data: order, opts: { jobId: `order-${order.id}`, delay } }
}

const app = Fastify({ bodyLimit: 8 * 1024 * 1024 })

app.put('/orders/:id', async (request, reply) => {
  const { name, data, opts } = toJob(request.body, Number(request.query.due))
  await queue.add(name, data, opts)
  return reply.code(202).send({ accepted: 1 })
})

app.post('/orders', async (request, reply) => {
  const due = Number(request.query.due)
  await queue.addBulk(request.body.map(order => toJob(order, due)))
  return reply.code(202).send({ accepted: request.body.length })
})

app.get('/health', async () => ({ ready: true }))

await queue.waitUntilReady()
await app.listen({ host: '127.0.0.1', port: Number(process.env.API_PORT) })
