// A sale begins: from little to ten times as much within seconds, and back. What came in during the spike must still come out.
import { limits, ramp } from './payments.js';
export { look, pay } from './payments.js';

const usual = Number(__ENV.RATE || 4);
const part = __ENV.DURATION || '30s';

export const options = {
  scenarios: {
    pay: ramp('pay', [
      { target: usual, duration: part }, { target: usual * 10, duration: '5s' }, { target: usual * 10, duration: part },
      { target: usual, duration: '5s' }, { target: usual, duration: part },
    ], usual * 50),
    look: ramp('look', [{ target: usual, duration: part }], usual * 4),
  },
  thresholds: { ...limits, 'http_req_duration{name:submit}': ['p(99)<3000'], 'http_req_duration{name:status}': ['p(99)<3000'] },
};
