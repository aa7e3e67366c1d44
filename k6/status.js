// How many status reads does the sidecar stand, and do the workers notice? A thousand payments are made first, one in ten of which
// waits for its confirmation meanwhile; then everybody looks, at any of them, again and again.
import http from 'k6/http';
import { check, fail, sleep } from 'k6';
import { Rate } from 'k6/metrics';
import { arrivals, authorised, base, run } from './payments.js';

const rate = Number(__ENV.RATE || 2000);
const duration = __ENV.DURATION || '30s';
const count = Number(__ENV.PAYMENTS || 1000);
const waiting = Number(__ENV.WAITING || 0.1);
// How long all of them may take to get where they are looked at.
const patience = 300;

const fromThePayment = new Rate('status_from_the_payment');

export const options = {
  scenarios: { read: arrivals('read', rate, duration, 200) },
  setupTimeout: `${patience + 60}s`,
  noConnectionReuse: false,
  summaryTrendStats: ['avg', 'med', 'p(95)', 'p(99)', 'max'],
  thresholds: {
    checks: ['rate>0.999'],
    'http_req_duration{name:read}': ['p(99)<50'],
    // Those that could not begin when they were due, a second: one in two hundred at most, so that the rate is what was wanted.
    dropped_iterations: [`rate<${rate * 0.005}`],
  },
};

function request(id, token) {
  const body = {
    payment_id: id, user_id: 'user-ada', merchant_id: 'merchant-books',
    amount: { currency: 'USD', minor_units: 100 }, payment_method: { type: 'card', token },
  };
  return ['POST', `${base}/v1/payments`, JSON.stringify(body), authorised()];
}

// Where payments stand that can be read for as long as the test runs.
function isSettled(answer) {
  if (answer.status !== 200) return false;
  const report = answer.json();
  return report.stage === 'confirm' || ['succeeded', 'rejected', 'failed'].includes(report.status);
}

export function setup() {
  const ids = Array.from({ length: count }, (_, number) => `${run}-status-${number}`);
  const batch = 20;
  for (let start = 0; start < count; start += batch) {
    const calls = ids.slice(start, start + batch)
      .map((id, index) => request(id, (start + index) % Math.round(1 / waiting) === 0 ? 'tok_silent' : 'tok_ok'));
    if (http.batch(calls).some((answer) => answer.status !== 202)) fail('a payment was not taken');
  }
  let left = ids;
  for (let second = 0; second < patience && left.length > 0; second += 1) {
    left = left.filter((id) => !isSettled(http.get(`${base}/v1/payments/${id}`, {
      responseCallback: http.expectedStatuses(200, 404), tags: { name: 'setup' } })));
    sleep(1);
  }
  if (left.length > 0) fail(`${left.length} payments did not come to where they can be looked at`);
  return ids;
}

export function read(ids) {
  const id = ids[Math.floor(Math.random() * ids.length)];
  const answer = http.get(`${base}/v1/payments/${id}`, { tags: { name: 'read' } });
  const report = answer.status === 200 ? answer.json() : {};
  check(report, { 'the status is that of the payment': (r) => r.payment_id === id && r.status !== undefined });
  fromThePayment.add(report.source === 'live');
}
