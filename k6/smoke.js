// Does it work at all? Few visitors, half a minute; nothing may go wrong, but it may be a slow machine and a debug build. After two
// seconds the sidecar answers without the workers.
import { arrivals, limits } from './payments.js';
export { look, pay } from './payments.js';

const duration = __ENV.DURATION || '15s';

export const options = {
  scenarios: { pay: arrivals('pay', 2, duration, 20), look: arrivals('look', 1, duration, 5) },
  thresholds: {
    ...limits, payment_unfinished: ['count<1'], payment_settled: ['p(95)<8000'],
    'http_req_duration{name:status}': ['p(99)<2500'],
  },
};
