// A usual day: what is expected of it for ten minutes.
import { arrivals, limits } from './payments.js';
export { look, pay, submitOnly } from './payments.js';

const rate = Number(__ENV.RATE || 10);
const duration = __ENV.DURATION || '10m';

export const options = {
  scenarios: {
    pay: arrivals('pay', Math.ceil(rate * 0.8), duration, rate * 20),
    submit: arrivals('submitOnly', Math.ceil(rate * 0.2), duration, rate),
    look: arrivals('look', rate, duration, rate),
  },
  thresholds: { ...limits, payment_settled: ['p(50)<1500', 'p(99)<5000'], dropped_iterations: ['count<1'] },
};
