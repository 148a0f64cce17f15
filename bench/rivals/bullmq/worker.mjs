// Worker: one job, one letter over a pool of kept SMTP connections. It must not mark a job done before the 250.
import { readFileSync } from 'node:fs'
import nodemailer from 'nodemailer'
import { Worker } from 'bullmq'

const concurrency = Number(process.env.CONCURRENCY)
const text = readFileSync(`${process.env.LETTER_DIR}/order.txt`, 'utf8')
const html = readFileSync(`${process.env.LETTER_DIR}/order.html`, 'utf8')

const mail = nodemailer.createTransport({
  host: '127.0.0.1',
  port: Number(process.env.SMTP_PORT),
  secure: false,
  ignoreTLS: true,
  pool: true,
  maxConnections: concurrency,
  maxMessages: Infinity
})

function fill (template, order) {
  return template
    .replaceAll('[[name]]', order.buyer.name)
    .replaceAll('[[number]]', order.number)
    .replaceAll('[[total]]', `${order.total} ${order.currency}`)
}

async function send ({ data: order }) {
  await mail.sendMail({
    from: 'Shop <shop@example.test>',
    to: order.buyer.email,
    subject: `We have your order ${order.number}`,
    text: fill(text, order),
    html: fill(html, order)
  })
}

const worker = new Worker('orders', send, {
  connection: { host: '127.0.0.1', port: Number(process.env.REDIS_PORT), maxRetriesPerRequest: null },
  concurrency
})
await worker.waitUntilReady()
console.log('worker ready')
