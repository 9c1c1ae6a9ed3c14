/** What BullMQ takes by itself: jobs that do nothing. */
import { Worker } from 'bullmq';

const { QUEUE = '', REDIS_PORT, WORKER_CONCURRENCY } = process.env;

new Worker(QUEUE, () => Promise.resolve(), {
  connection: { host: '127.0.0.1', port: Number(REDIS_PORT), maxRetriesPerRequest: null },
  concurrency: Number(WORKER_CONCURRENCY),
});
