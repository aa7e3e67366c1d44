// What all load scripts share: who pays whom, and what a visitor does.
import http from 'k6/http';
import { check, sleep } from 'k6';
import exec from 'k6/execution';
import { Counter, Rate, Trend } from 'k6/metrics';

export const base = __ENV.BASE_URL || 'http://127.0.0.1:8080';
const token = __ENV.API_TOKEN;
// Begins every payment's id.
export const run = __ENV.RUN_ID || `k6-${Date.now().toString(36)}`;

// How long until a payment that was submitted has ended, as one who polls sees it.
export const settled = new Trend('payment_settled', true);
// Payments that ended as their token wants.
export const asExpected = new Rate('payment_as_expected');
// Payments that have not ended when their visitor gives up.
export const unfinished = new Counter('payment_unfinished');

// The weights are those of visitors: most pay, some pay with a card that is declined, a few change their mind.
const kinds = [
  { weight: 80, user: 'user-ada', merchant: 'merchant-books', currency: 'USD', token: 'tok_ok', status: ['succeeded'] },
  { weight: 8, user: 'user-ben', merchant: 'merchant-coffee', currency: 'EUR', token: 'tok_declined', status: ['failed'] },
  { weight: 4, user: 'user-poor', merchant: 'merchant-books', currency: 'USD', token: 'tok_ok', status: ['rejected'] },
  { weight: 8, user: 'user-dev', merchant: 'merchant-trains', currency: 'GBP', token: 'tok_ok', cancel: true,
    status: ['cancelled', 'succeeded'] },
];
const total = kinds.reduce((sum, kind) => sum + kind.weight, 0);

function chosen() {
  let left = Math.random() * total;
  return kinds.find((kind) => (left -= kind.weight) < 0) || kinds[0];
}

export function authorised() {
  const all = { 'content-type': 'application/json' };
  if (token) all.authorization = `Bearer ${token}`;
  return { headers: all };
}

function submit(kind) {
  const id = `${run}-${exec.scenario.name}-${exec.scenario.iterationInTest}`;
  const body = {
    payment_id: id, user_id: kind.user, merchant_id: kind.merchant,
    amount: { currency: kind.currency, minor_units: kind.status[0] === 'rejected' ? 150000 : 1250 },
    payment_method: { type: 'card', token: kind.token },
  };
  const answer = http.post(`${base}/v1/payments`, JSON.stringify(body), { ...authorised(), tags: { name: 'submit' } });
  return check(answer, { 'the payment is taken': (r) => r.status === 202 }) ? id : null;
}

function status(id) {
  // Another sidecar than the one that took it may hear of it a moment later.
  const expected = http.expectedStatuses(200, 404);
  const answer = http.get(`${base}/v1/payments/${id}`, { responseCallback: expected, tags: { name: 'status' } });
  return answer.status === 200 ? answer.json('status') : 'unknown';
}

// Submits a payment and looks until it has ended, for ten seconds at most.
export function pay() {
  const kind = chosen();
  const start = Date.now();
  const id = submit(kind);
  if (!id) return;
  let isCancelled = !kind.cancel;
  while (Date.now() - start < 10000) {
    const now = status(id);
    if (!isCancelled && now === 'processing') {
      // Too late is an answer too: the gateway may have approved.
      const expected = http.expectedStatuses(202, 404, 409);
      const answer = http.post(`${base}/v1/payments/${id}/cancel`, '{}', {
        ...authorised(), responseCallback: expected, tags: { name: 'cancel' } });
      check(answer, { 'the cancellation is answered': (r) => [202, 404, 409].includes(r.status) });
      isCancelled = true;
    }
    if (['succeeded', 'failed', 'cancelled', 'rejected'].includes(now)) {
      settled.add(Date.now() - start);
      asExpected.add(kind.status.includes(now));
      return;
    }
    sleep(0.2);
  }
  unfinished.add(1);
}

// Submits a payment and goes away.
export function submitOnly() {
  submit(kinds[0]);
}

// Asks for a payment that does not exist, and for how the service is.
export function look() {
  http.get(`${base}/v1/payments/nobody`, { responseCallback: http.expectedStatuses(404), tags: { name: 'unknown' } });
  check(http.get(`${base}/readyz`, { tags: { name: 'readyz' } }), { 'the service is ready': (r) => r.status === 200 });
}

// Limits that hold for every load; scripts may tighten them.
export const limits = {
  checks: ['rate>0.99'],
  http_req_failed: ['rate<0.01'],
  payment_as_expected: ['rate>0.99'],
  'http_req_duration{name:submit}': ['p(99)<1000'],
  'http_req_duration{name:status}': ['p(99)<1000'],
};

// Arrivals do not wait for each other: `rate` of them begin in each second whatever becomes of those before.
export function arrivals(exec, rate, duration, visitors) {
  return {
    executor: 'constant-arrival-rate', exec, rate, timeUnit: '1s', duration,
    preAllocatedVUs: visitors, maxVUs: visitors * 4,
  };
}

export function ramp(exec, stages, visitors) {
  return {
    executor: 'ramping-arrival-rate', exec, startRate: 1, timeUnit: '1s', stages,
    preAllocatedVUs: visitors, maxVUs: visitors * 4,
  };
}
