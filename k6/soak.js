// Does it stay as it is? A moderate rate for hours; watch memory and open files in Grafana meanwhile.
import { arrivals, limits } from './payments.js';
export { look, pay } from './payments.js';

const rate = Number(__ENV.RATE || 5);
const duration = __ENV.DURATION || '4h';

export const options = {
  scenarios: { pay: arrivals('pay', rate, duration, rate * 20), look: arrivals('look', rate, duration, rate) },
  thresholds: { ...limits, payment_settled: ['p(50)<1500', 'p(99)<5000'], payment_unfinished: ['count<1'] },
};
