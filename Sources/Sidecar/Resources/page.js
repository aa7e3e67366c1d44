// The live page. Whatever comes from the service is put into the document as text, never as markup.

const INTERVAL = 1000;
const CHART_POINTS = 120;
const COURSE = ["validate", "fraud-check", "authorise", "submit", "confirm", "settle"];
const FINAL = new Set(["succeeded", "failed", "cancelled", "rejected"]);

const find = (id) => document.getElementById(id);
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

/** What is said already is not said again: screen readers would read it out each time. */
function say(id, text) {
  if (find(id).textContent !== text) find(id).textContent = text;
}

function note(id, text) {
  say(id, text ?? "");
  find(id).hidden = !text;
}

// Calls

class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

async function call(path, options = {}) {
  const headers = new Headers(options.headers);
  const token = sessionStorage.getItem("token");
  if (token) headers.set("Authorization", `Bearer ${token}`);
  let response;
  try {
    response = await fetch(path, { ...options, headers, cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "The service cannot be reached.");
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Problem(response.status, problem.detail ?? `The service answered ${response.status}.`);
}

const json = async (path, options) => (await call(path, options)).json();

/** Repeats a call once with a token if the service asks for one. */
async function withToken(work) {
  try {
    return await work();
  } catch (error) {
    if (error.status !== 401 || !(await askForToken())) throw error;
    return work();
  }
}

function askForToken() {
  const dialog = find("token-dialog");
  if (!dialog.open) dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "set"), { once: true });
  });
}

// How things are written

function money(amount) {
  if (!amount) return "";
  try {
    const format = new Intl.NumberFormat(undefined, { style: "currency", currency: amount.currency });
    return format.format(amount.minor_units / 10 ** format.resolvedOptions().maximumFractionDigits);
  } catch {
    return `${amount.minor_units} ${amount.currency}`;
  }
}

function span(milliseconds) {
  if (milliseconds < 1000) return `${Math.max(0, Math.round(milliseconds))} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  if (milliseconds < 3_600_000) return `${Math.round(milliseconds / 60_000)} min`;
  if (milliseconds < 172_800_000) return `${Math.round(milliseconds / 3_600_000)} h`;
  return `${Math.round(milliseconds / 86_400_000)} d`;
}

const ago = (time) => {
  const milliseconds = Date.now() - new Date(time);
  return milliseconds < 2000 ? "now" : `${span(milliseconds).replace(/\.\d/, "")} ago`;
};

const count = (number) => (number === undefined ? "–" : number.toLocaleString());

// Figures

const series = { throughput: [], p50: [], p95: [] };

function push(name, value) {
  series[name].push(value);
  if (series[name].length > CHART_POINTS) series[name].shift();
}

/** Draws lines over the last two minutes, the newest at the right. */
function draw(name, lines, label, written) {
  const chart = find(`${name}-chart`);
  const highest = Math.max(1, ...lines.flatMap((line) => line.values.map((value) => value ?? 0)));
  const x = (index, length) => 300 - ((length - 1 - index) * 300) / (CHART_POINTS - 1);
  const y = (value) => 70 - (value / highest) * 64;
  const parts = [["base", "M0 70.5H300"]];
  for (const { values, className, filled } of lines) {
    let path = "";
    let previous = null;
    values.forEach((value, index) => {
      if (value !== null) path += `${previous === null ? "M" : "L"}${x(index, values.length).toFixed(1)} ${y(value).toFixed(1)}`;
      previous = value;
    });
    if (filled && path) parts.push(["area", `${path}V70H${x(0, values.length).toFixed(1)}Z`]);
    parts.push([className, path]);
  }
  chart.replaceChildren(
    ...parts.map(([className, d]) => {
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("class", className);
      path.setAttribute("d", d);
      return path;
    }),
  );
  chart.setAttribute("aria-label", label);
  const isEmpty = lines.every((line) => line.values.every((value) => value === null));
  find(`${name}-scale`).textContent = isEmpty ? "" : `the last 2 minutes, 0 to ${written(highest)}`;
}

function showStatistics(statistics) {
  for (const status of ["processing", ...FINAL]) find(`count-${status}`).textContent = count(statistics.payments[status]);
  const latency = statistics.latency_ms;
  push("throughput", statistics.ended_per_second);
  push("p50", latency?.p50 ?? null);
  push("p95", latency?.p95 ?? null);
  const rate = `${statistics.ended_per_second.toLocaleString()}/s`;
  find("throughput").textContent = rate;
  find("p50").textContent = latency ? span(latency.p50) : "–";
  find("p95").textContent = latency ? span(latency.p95) : "–";
  draw(
    "throughput",
    [{ values: series.throughput, className: "line", filled: true }],
    `Payments ended a second: now ${rate}`,
    (highest) => `${highest.toLocaleString()}/s`,
  );
  draw(
    "latency",
    [{ values: series.p95, className: "p95" }, { values: series.p50, className: "p50" }],
    latency ? `Latency: half the payments within ${span(latency.p50)}, 95 of 100 within ${span(latency.p95)}` : "Latency: no payment has ended lately",
    span,
  );
}

// The list

const list = { cursor: null, next: null, request: 0 };
const rows = new Map();

function makeRow(id) {
  const row = element("tr");
  const open = element("button", "open", id);
  open.type = "button";
  open.title = id;
  open.addEventListener("click", () => show(id));
  const cells = ["id", "user", "amount number", "course", "state", "started number"].map((name) => element("td", name));
  cells[0].append(open);
  row.append(...cells);
  return { row, cells };
}

function progress(payment) {
  const made = element("div", "progress");
  made.dataset.tone = payment.status;
  const isEnded = FINAL.has(payment.status);
  const place = COURSE.indexOf(payment.stage);
  const done = payment.status === "succeeded" ? COURSE.length : place;
  // How far another got before it was undone, only its timeline tells.
  if (!isEnded || payment.status === "succeeded") {
    COURSE.forEach((_, index) => made.append(element("i", index < done ? "done" : index === place && !isEnded ? "now" : "")));
  }
  made.append(element("span", "", isEnded ? (payment.reason_code ?? "") : (payment.stage ?? "")));
  return made;
}

function showPage(page) {
  const shown = page.payments.map((payment) => {
    const { row, cells } = rows.get(payment.payment_id) ?? makeRow(payment.payment_id);
    rows.set(payment.payment_id, { row, cells });
    row.setAttribute("aria-current", String(payment.payment_id === detail.id));
    cells[1].textContent = payment.user_id ?? "";
    cells[2].textContent = money(payment.amount);
    const state = element("span", "status", payment.status);
    state.dataset.tone = payment.status;
    const signature = `${payment.status} ${payment.stage} ${payment.reason_code}`;
    if (row.dataset.signature !== signature) {
      row.dataset.signature = signature;
      cells[3].replaceChildren(progress(payment));
      cells[4].replaceChildren(state);
    }
    cells[5].textContent = ago(payment.created_at);
    cells[5].title = new Date(payment.created_at).toLocaleString();
    return row;
  });
  const body = find("rows");
  // Rows that stay where they are keep the keyboard's focus.
  shown.forEach((row, index) => {
    if (body.children[index] !== row) body.insertBefore(row, body.children[index] ?? null);
  });
  while (body.children.length > shown.length) body.lastChild.remove();
  const ids = new Set(page.payments.map((payment) => payment.payment_id));
  for (const id of rows.keys()) if (!ids.has(id)) rows.delete(id);
  find("empty").hidden = shown.length > 0;
  list.next = page.next_cursor ?? null;
  find("older").hidden = !list.next;
  find("newest").hidden = !list.cursor;
}

async function refreshList() {
  const request = ++list.request;
  const parameters = new URLSearchParams();
  for (const [name, value] of new FormData(find("filters"))) if (value.trim()) parameters.set(name, value.trim());
  if (list.cursor) parameters.set("cursor", list.cursor);
  const page = await json(`/v1/payments?${parameters.toString().replaceAll("+", "%20")}`);
  if (request === list.request) showPage(page);
}

function restartList() {
  list.cursor = null;
  refreshNow();
}

// One payment

const detail = { id: null, controller: null, status: null, steps: [] };

function showPayment(payment) {
  const isFirst = detail.status === null;
  const isNews = detail.status !== payment.status;
  detail.status = payment.status;
  detail.steps = payment.steps;
  find("detail-body").hidden = false;
  find("detail-empty").hidden = true;
  find("detail-id").textContent = payment.payment_id;
  find("detail-status").textContent = payment.status;
  find("detail-status").dataset.tone = payment.status;
  find("detail-amount").textContent = money(payment.amount);
  fact("user", payment.user_id);
  fact("merchant", payment.merchant_id);
  fact("created", payment.created_at && new Date(payment.created_at).toLocaleString());
  fact("gateway", payment.gateway_reference);
  fact("known", payment.source === "live" ? "live" : `stored, as of ${new Date(payment.as_of).toLocaleTimeString()}`);
  fact("reason", payment.reason_code);
  fact("stuck", payment.stuck_step);
  fact("refused", payment.refused_cancellation);
  showTimeline();
  find("cancel").hidden = FINAL.has(payment.status);
  // Where there is no room beside the list, it is below.
  if (isFirst) bringIntoView(find("detail"));
  if (isNews) find("news").textContent = `Payment ${payment.payment_id} is ${payment.status}.`;
}

function bringIntoView(shown) {
  const { top } = shown.getBoundingClientRect();
  if (top < 0 || top > innerHeight / 2) shown.scrollIntoView();
}

function showTimeline() {
  find("timeline").replaceChildren(...detail.steps.map(stepItem));
}

/** A fact that isn't known has no line. */
function fact(name, text) {
  const shown = find(`detail-${name}`);
  shown.textContent = text ?? "";
  shown.parentElement.hidden = !text;
}

function stepItem(step) {
  const item = element("li");
  item.dataset.tone = { running: "processing", succeeded: "succeeded", failed: "failed" }[step.state] ?? "cancelled";
  const line = element("div", "line");
  line.append(element("span", "name", step.name));
  line.append(element("span", "time", span(new Date(step.ended_at ?? Date.now()) - new Date(step.started_at))));
  item.append(line);
  const attempts = step.attempts > 1 ? `, ${step.attempts} attempts` : "";
  item.append(element("div", "state", `${step.state}${attempts}, began ${new Date(step.started_at).toLocaleTimeString()}`));
  if (step.error) item.append(element("div", "error", step.error));
  return item;
}

async function show(id) {
  detail.controller?.abort();
  const controller = new AbortController();
  Object.assign(detail, { id, controller, status: null, steps: [] });
  history.replaceState(null, "", `#payment=${encodeURIComponent(id)}`);
  note("detail-note");
  find("find-id").value = id;
  find("detail-body").hidden = true;
  find("detail-empty").hidden = true;
  for (const [rowID, { row }] of rows) row.setAttribute("aria-current", String(rowID === id));
  let isFound = false;
  for (let attempt = 0; !controller.signal.aborted; attempt += 1) {
    try {
      const response = await withToken(() => call(`/v1/payments/${encodeURIComponent(id)}/events`, { signal: controller.signal }));
      note("detail-note");
      isFound = true;
      await readEvents(response, showPayment);
      if (FINAL.has(detail.status)) break;
    } catch (error) {
      if (controller.signal.aborted) return;
      // Another sidecar than the one that took a request may hear of it a moment later.
      if (error.status === 404 ? attempt >= 10 : error.status && error.status < 500) return note("detail-note", error.message);
      if (!isFound && attempt > 2) note("detail-note", error.message);
    }
    await sleep(500);
  }
  // The notifications come after the end.
  await sleep(2000);
  if (!controller.signal.aborted) await json(`/v1/payments/${encodeURIComponent(id)}`).then(showPayment, () => {});
}

async function readEvents(response, take) {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (reader) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const data = block.split("\n").find((line) => line.startsWith("data: "));
      if (data) take(JSON.parse(data.slice(6)));
    }
  }
}

async function cancel() {
  const id = detail.id;
  find("cancel").disabled = true;
  note("detail-note");
  try {
    await withToken(() =>
      call(`/v1/payments/${encodeURIComponent(id)}/cancel`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ requested_by: "live-page", reason: "cancelled on the live page" }),
      }),
    );
    find("news").textContent = `Payment ${id} is asked to cancel itself.`;
  } catch (error) {
    if (id === detail.id) note("detail-note", error.message);
  } finally {
    find("cancel").disabled = false;
  }
}

async function request(form) {
  const values = Object.fromEntries(new FormData(form));
  note("request-note");
  try {
    const accepted = await withToken(async () => {
      const response = await call("/v1/payments", {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": form.dataset.key },
        body: JSON.stringify({
          user_id: values.user_id,
          merchant_id: values.merchant_id,
          amount: { currency: values.currency, minor_units: Number(values.minor_units) },
          payment_method: { type: "card", token: values.token },
        }),
      });
      return response.json();
    });
    find("request-dialog").close();
    show(accepted.payment_id);
    refreshNow();
  } catch (error) {
    note("request-note", error.message);
  }
}

// Going on

function connection(state, text) {
  const shown = find("connection");
  if (shown.textContent === text) return;
  shown.dataset.state = state;
  shown.textContent = text;
}

async function refreshNow() {
  try {
    await refreshList();
    note("list-note");
    connection("live", "live");
  } catch (error) {
    if (error.status === 401) {
      note("list-note", "The service asks for an access token.");
    } else {
      note("list-note", error.message);
    }
    if (error.status === 0 || error.status >= 502) connection("lost", "not reachable");
  }
}

async function loop(work) {
  for (;;) {
    if (!document.hidden) await work();
    await sleep(INTERVAL);
  }
}

for (const button of document.querySelectorAll("[data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close(""));
}
find("open-token").addEventListener("click", () => askForToken());
find("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("token", event.target.elements.token.value);
  event.target.reset();
  find("token-dialog").close("set");
  refreshNow();
});
find("open-request").addEventListener("click", () => {
  find("request").dataset.key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  note("request-note");
  find("request-dialog").showModal();
});
find("request").addEventListener("submit", (event) => {
  event.preventDefault();
  request(event.target);
});
find("filters").addEventListener("submit", (event) => event.preventDefault());
find("filters").addEventListener("input", restartList);
find("find").addEventListener("submit", (event) => {
  event.preventDefault();
  const id = find("find-id").value.trim();
  if (id) show(id);
});
find("cancel").addEventListener("click", cancel);
find("older").addEventListener("click", () => {
  list.cursor = list.next;
  refreshNow();
});
find("newest").addEventListener("click", restartList);

/** A link to the page may name a payment. */
function showLinked() {
  const id = new URLSearchParams(location.hash.slice(1)).get("payment");
  if (id && id !== detail.id) show(id);
}

addEventListener("hashchange", showLinked);
showLinked();

loop(refreshNow);
// What is under way takes longer by the second.
loop(() => FINAL.has(detail.status) || showTimeline());
loop(() => json("/v1/statistics").then(showStatistics, () => {}));
