// Where does it end? More in each minute, until the limits break; they are wide, for what counts is that nothing is refused or lost.
import { limits, ramp } from './payments.js';
export { look, pay } from './payments.js';

const peak = Number(__ENV.RATE || 60);
const step = __ENV.DURATION || '1m';

export const options = {
  scenarios: {
    pay: ramp('pay', [0.25, 0.5, 0.75, 1].map((part) => ({ target: Math.ceil(peak * part), duration: step })), peak * 10),
    look: ramp('look', [{ target: peak, duration: step }], peak),
  },
  thresholds: { ...limits, 'http_req_duration{name:submit}': ['p(99)<3000'], 'http_req_duration{name:status}': ['p(99)<3000'] },
};
