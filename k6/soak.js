// Does it stay as it is? A moderate rate for hours, while the memory of every role is watched. METRICS_URLS lists the roles' metrics.
import http from 'k6/http';
import { Trend } from 'k6/metrics';
import { arrivals, limits } from './payments.js';
export { look, pay } from './payments.js';

const rate = Number(__ENV.RATE || 5);
const duration = __ENV.DURATION || '4h';
const urls = (__ENV.METRICS_URLS || '').split(' ').filter((url) => url);

// A role's memory, and what it is of the role's memory when caches had been filled.
const memory = new Trend('role_memory_megabytes');
const growth = new Trend('role_memory_growth');
// In looks, which are ten seconds apart.
const warmUp = 30;
const first = {};
let looks = 0;

export function watch() {
  looks += 1;
  for (const url of urls) {
    const metrics = http.get(url, { tags: { name: 'metrics' } }).body;
    const bytes = Number((/^process_resident_memory_bytes(?:\{.*\})? (\S+)$/m.exec(metrics) || [])[1]);
    memory.add(bytes / 1048576, { url });
    if (looks < warmUp) continue;
    first[url] = first[url] || bytes;
    growth.add(bytes / first[url], { url });
  }
}

export const options = {
  scenarios: {
    pay: arrivals('pay', rate, duration, rate * 20), look: arrivals('look', rate, duration, rate),
    ...(urls.length && {
      watch: { executor: 'constant-arrival-rate', exec: 'watch', rate: 1, timeUnit: '10s', duration, preAllocatedVUs: 1, maxVUs: 1 },
    }),
  },
  thresholds: {
    ...limits, payment_settled: ['p(50)<1500', 'p(99)<5000'], payment_unfinished: ['count<1'],
    role_memory_growth: ['max<1.5'],
    // Named so that the summary tells of each role.
    ...Object.fromEntries(urls.map((url) => [`role_memory_megabytes{url:${url}}`, ['max>0']])),
  },
};
