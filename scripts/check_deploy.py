"""What scripts/check-deploy checks beyond the schemas: that the files agree with each other and with the program."""

import json
import pathlib
import re
import sys

import promql_parser
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
VARIABLE = re.compile(r"PAYMENT_SAGA_[A-Z_]+")
PINNED = re.compile(r"[a-z0-9./-]+:v?\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?")
OWN_IMAGE = "payment-saga:"
# What scrapers add.
SCRAPED_LABELS = {"job", "instance", "le"}
SCRAPED_METRICS = {"up": SCRAPED_LABELS}
# Programs that images of others are known to have.
KNOWN_PROGRAMS = {
    "apache/kafka": {"/opt/kafka/bin/kafka-broker-api-versions.sh"},
    "postgres": {"pg_isready"},
    "temporalio/auto-setup": {"temporal"},
    "prom/prometheus": {"wget"},
    "grafana/grafana": {"wget"},
}
# The port at which each role serves /healthz in a container.
HEALTH_PORT = {"bridge": 9464, "worker": 9464, "sidecar": 8080, "simulators": 8081}

problems = []


def expect(condition, text):
    if not condition:
        problems.append(text)


def load_compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def manifests():
    for file in sorted((DEPLOY / "kubernetes").glob("*.yaml")):
        for document in yaml.safe_load_all(file.read_text()):
            yield file, document


def check_variables():
    known = set(VARIABLE.findall((ROOT / "docs/configuration.md").read_text()))
    files = [ROOT / "Dockerfile", ROOT / "docker-compose.yml", *(DEPLOY / "kubernetes").glob("*.yaml")]
    for file in files:
        for name in sorted(set(VARIABLE.findall(file.read_text())) - known):
            problems.append(f"{file.relative_to(ROOT)}: {name} is no setting of the program")


def check_images():
    images = [(ROOT / "docker-compose.yml", s.get("image", "")) for s in load_compose()["services"].values()]
    images += [
        (file, container["image"])
        for file, document in manifests() if document["kind"] == "Deployment"
        for container in document["spec"]["template"]["spec"]["containers"]]
    images += [
        (ROOT / "Dockerfile", name) for name in re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.M)]
    for file, image in images:
        expect(
            image.startswith(OWN_IMAGE) or PINNED.fullmatch(image), f"{file.relative_to(ROOT)}: {image} is not pinned")


def check_dockerfile():
    text = (ROOT / "Dockerfile").read_text()
    stages = re.split(r"^FROM ", text, flags=re.M)[1:]
    expect(len(stages) == 2, "Dockerfile: one stage builds, one runs")
    expect("--static-swift-stdlib" in stages[0], "Dockerfile: Swift's library is to be linked statically")
    user = re.search(r"^USER (\d+)(:\d+)?$", stages[-1], re.M)
    expect(user and int(user.group(1)) > 0, "Dockerfile: the image must run as a numbered user other than root")
    for flags, sources in re.findall(r"^COPY ((?:--\S+ )*)(.+) \S+$", text, re.M):
        if "--from" in flags:
            continue
        for source in sources.split():
            # What a pattern finds nothing for is left out.
            expect("*" in source or (ROOT / source).exists(), f"Dockerfile: {source} does not exist")


def check_compose():
    compose = load_compose()
    programs = re.findall(r"^COPY .*/usr/local/bin/(\S+)$", (ROOT / "Dockerfile").read_text(), re.M)
    for name, service in compose["services"].items():
        where = f"docker-compose.yml: {name}"
        expect(set(service.get("profiles", [])) <= {"dev", "scale"} and service.get("profiles"), f"{where}: profiles")
        own = service["image"].startswith(OWN_IMAGE)
        check = service.get("healthcheck", {}).get("test", [])
        if own and service["command"][0] in HEALTH_PORT:
            role = service["command"][0]
            expect(check[:1] == ["CMD"] and check[1:2] == ["healthcheck"] and "healthcheck" in programs,
                   f"{where}: its health check runs a program that the image does not have")
            expect(check[2:] == [str(HEALTH_PORT[role])], f"{where}: health is not served at {check[2:]}")
            expect(service.get("read_only"), f"{where}: the root file system must be read-only")
        elif check:
            known = KNOWN_PROGRAMS[service["image"].split(":")[0]]
            first = check[1].split()[0]
            expect(first in known, f"{where}: {first} is not known to be in {service['image']}")
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            known = (ROOT / source).exists() if source.startswith("./") else source in compose["volumes"]
            expect(known, f"{where}: {source} does not exist")
        for needed, how in service.get("depends_on", {}).items():
            other = compose["services"].get(needed)
            expect(other, f"{where}: it depends on {needed}, which does not exist")
            if other and how["condition"] == "service_healthy":
                expect("healthcheck" in other, f"{where}: {needed} has no health check to wait for")
            expect(other and set(service["profiles"]) <= set(other["profiles"]), f"{where}: {needed} is not there in all")
        for port in service.get("ports", []):
            expect(port.startswith("127.0.0.1:"), f"{where}: {port} is open to the network")


def check_topics():
    """Nothing else makes topics in containers: the broker there makes none by itself."""
    contract = (ROOT / "docs/contract.md").read_text()
    named = set(re.findall(r"^\| `([a-z]+\.[a-z-]+)` \| ", contract.split("## Topics")[1].split("The messages are in")[0], re.M))
    made = set(re.search(r"for topic in ([^;]+);", load_compose()["services"]["kafka-topics"]["command"][2]).group(1).split())
    expect(named and made == named, f"docker-compose.yml: kafka-topics makes {sorted(made - named)} or lacks {sorted(named - made)}")


def check_kubernetes():
    listed = set(yaml.safe_load((DEPLOY / "kubernetes/kustomization.yaml").read_text())["resources"])
    there = {file.name for file in (DEPLOY / "kubernetes").glob("*.yaml")} - {"kustomization.yaml"}
    expect(listed == there, f"kustomization.yaml: it lists {sorted(listed ^ there)} or lacks it")
    for file, document in manifests():
        if document["kind"] != "Deployment":
            continue
        pod = document["spec"]["template"]["spec"]
        expect(pod["securityContext"]["runAsNonRoot"], f"{file.name}: root")
        for container in pod["containers"]:
            role = container["args"][0]
            ports = {port["name"]: port["containerPort"] for port in container["ports"]}
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                port = container[probe]["httpGet"]["port"]
                expect(ports.get(port) == HEALTH_PORT[role], f"{file.name}: {probe} asks at the wrong port")
            expect(container["securityContext"]["readOnlyRootFilesystem"], f"{file.name}: the root can be written")


def documented_metrics():
    """Names as queries have them, and the labels of each."""
    metrics = dict(SCRAPED_METRICS)
    row = re.compile(r"^\| `([^`]+)` \| (counter|gauge|histogram) \| ([^|]*)\|", re.M)
    for name, kind, labels in row.findall((ROOT / "docs/metrics.md").read_text()):
        suffixes = ["_bucket", "_sum", "_count"] if kind == "histogram" else [""]
        for suffix in suffixes:
            metrics[name + suffix] = set(re.findall(r"`([^`]+)`", labels)) | SCRAPED_LABELS
    return metrics


def check_query(where, query, metrics):
    # Variables of Grafana's stand for a time.
    query = query.replace("$__rate_interval", "5m")
    try:
        tree = promql_parser.parse(query)
    except ValueError as error:
        problems.append(f"{where}: {query} is no PromQL: {error}")
        return
    labels = set()
    for selector in selectors(tree):
        expect(selector.name in metrics, f"{where}: there is no metric {selector.name}")
        known = metrics.get(selector.name, set())
        labels |= known
        for matcher in selector.matchers.matchers:
            expect(matcher.name in known, f"{where}: {selector.name} has no label {matcher.name}")
    for group in re.findall(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)", query):
        for label in filter(None, re.split(r"[,\s]+", group)):
            expect(label in labels, f"{where}: nothing in {query} has a label {label}")


def selectors(node):
    kind = type(node).__name__
    if kind == "VectorSelector":
        yield node
    elif kind == "MatrixSelector":
        yield node.vector_selector
    elif kind == "BinaryExpr":
        yield from selectors(node.lhs)
        yield from selectors(node.rhs)
    elif kind == "Call":
        for argument in node.args:
            yield from selectors(argument)
    elif kind in ("AggregateExpr", "ParenExpr", "UnaryExpr", "SubqueryExpr"):
        yield from selectors(node.expr)


def check_alerts(metrics):
    file = DEPLOY / "prometheus/alerts.yml"
    headings = re.findall(r"^#+ (.+)$", (ROOT / "docs/operations.md").read_text(), re.M)
    anchors = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    names = set()
    for group in yaml.safe_load(file.read_text())["groups"]:
        for rule in group["rules"]:
            where = f"alerts.yml: {rule['alert']}"
            expect(rule["alert"] not in names, f"{where}: there are two")
            names.add(rule["alert"])
            expect(rule["labels"]["severity"] in ("page", "ticket"), f"{where}: severity")
            page, _, anchor = rule["annotations"]["runbook"].partition("#")
            expect(page == "docs/operations.md" and anchor in anchors, f"{where}: the runbook has no such chapter")
            check_query(where, rule["expr"], metrics)


def check_alert_tests():
    """Each alert has a test in which it fires, and is silent when all is well; promtool runs them."""
    groups = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"]
    alerts = {rule["alert"] for group in groups for rule in group["rules"]}
    fires, silent = set(), set()
    for test in yaml.safe_load((DEPLOY / "prometheus/alerts-test.yml").read_text())["tests"]:
        for check in test["alert_rule_test"]:
            if check["exp_alerts"]:
                fires.add(check["alertname"])
            elif test["name"] == "all is well":
                silent.add(check["alertname"])
    expect(fires == alerts, f"alerts-test.yml: there is no test in which these fire: {sorted(alerts - fires)}")
    expect(silent == alerts, f"alerts-test.yml: that all is well says nothing of {sorted(alerts - silent)}")


def check_tracing():
    """What collects traces in containers is where the roles send them and where Grafana looks for them."""
    services = load_compose()["services"]
    collector = re.compile(r"http://([a-z-]+):(\d+)")
    for name, service in services.items():
        if not service["image"].startswith(OWN_IMAGE) or service["command"][0] not in HEALTH_PORT:
            continue
        host, port = collector.fullmatch(service["environment"]["PAYMENT_SAGA_OTLP_ENDPOINT"]).groups()
        expect((host, port) == ("jaeger", "4318"), f"docker-compose.yml: {name} sends traces to {host}:{port}")
    sources = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/jaeger.yml").read_text())["datasources"]
    expect(collector.fullmatch(sources[0]["url"]).groups() == ("jaeger", "16686"), "jaeger.yml: its address")
    expect("jaeger" in services, "docker-compose.yml: there is no jaeger")


def check_dashboards(metrics):
    uid = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text())
    uid = uid["datasources"][0]["uid"]
    boards = [json.loads(file.read_text()) for file in sorted((DEPLOY / "grafana/dashboards").glob("*.json"))]
    expect(len({board["uid"] for board in boards}) == len(boards), "dashboards: two have one uid")
    for board in boards:
        expect(len({p["id"] for p in board["panels"]}) == len(board["panels"]), f"{board['title']}: panel ids")
        for panel in board["panels"]:
            where = f"dashboard {board['title']}: {panel['title']}"
            expect(panel["datasource"]["uid"] == uid, f"{where}: its data source is not provisioned")
            for target in panel["targets"]:
                check_query(where, target["expr"], metrics)


def check_scraping():
    services = load_compose()["services"]
    config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    for name in config["rule_files"]:
        expect((DEPLOY / "prometheus" / name).exists(), f"prometheus.yml: {name} does not exist")
    for job in config["scrape_configs"]:
        for target in job["dns_sd_configs"]:
            expect(target["port"] == HEALTH_PORT[job["job_name"]], f"prometheus.yml: {job['job_name']}'s port")
            for name in target["names"]:
                expect(name in services, f"prometheus.yml: there is no service {name}")


def main():
    metrics = documented_metrics()
    check_variables()
    check_images()
    check_dockerfile()
    check_compose()
    check_topics()
    check_kubernetes()
    check_scraping()
    check_alerts(metrics)
    check_alert_tests()
    check_tracing()
    check_dashboards(metrics)
    if problems:
        sys.exit("\n".join(f"scripts/check-deploy: {problem}" for problem in problems))
    print("scripts/check-deploy: everything agrees")


main()
