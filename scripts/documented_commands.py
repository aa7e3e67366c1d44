"""Every command that the pages show, in blocks and in the text, and how far each can be verified without running it.

Blocks that are marked `checked` are run by scripts/check-docs. Of all others it is checked here that what they name exists: programs,
subcommands, options, files, profiles. RULES is the one place that says why they are not run.
"""

import json
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^ *```([^\n]*)\n(.*?)^ *```$", re.M | re.S)
COMMAND = re.compile(r"(payment-saga|scripts/[a-z-]+|\.ci/run|docker|kubectl|temporal|swift|apt|export) .+|scripts/[a-z-]+|\.ci/run")


class Wrong(Exception):
    """What a command names does not exist."""


def require(condition, text):
    if not condition:
        raise Wrong(text)


def commands():
    """Pairs of a page and a command on it that is in no block that is run."""
    for page in PAGES:
        text = page.read_text()
        for language, body in FENCE.findall(text):
            if language.strip() in ("", "sh"):
                for line in body.replace("\\\n", " ").splitlines():
                    if COMMAND.fullmatch(line.strip()):
                        yield page, line.strip()
        prose = FENCE.sub("", text)
        for line in re.findall(r"^    (\S.*)$", prose, re.M) + re.findall(r"`([^`\n]+)`", prose):
            if COMMAND.fullmatch(line):
                yield page, line


def output(*words, folder=ROOT):
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    require(done.returncode == 0, f"{shlex.join(words)} says: {done.stderr.strip()[-500:]}")
    return done.stdout


def options(words):
    return [word.split("=")[0] for word in words if word.startswith("--") and word not in ("--help", "--version")]


def check_program(words):
    """Subcommands, of which alternatives are separated by `|`, and options, by what the program says of itself."""
    command = json.loads(output("payment-saga", "--experimental-dump-help"))["command"]
    alternatives = [part.split() for part in " ".join(words).split(" | ")]
    # Each alternative stands in for the last word of the first.
    for alternative in [alternatives[0]] + [alternatives[0][:-1] + other for other in alternatives[1:]]:
        check_subcommand(command, alternative)


def check_subcommand(command, words):
    children = {child["commandName"]: child for child in command.get("subcommands", [])}
    if words and words[0] in children:
        return check_subcommand(children[words[0]], words[1:])
    arguments = command.get("arguments", [])
    known = {name["name"] for argument in arguments for name in argument.get("names") or []}
    for option in options(words):
        require(option[2:] in known, f"{command['commandName']} has no option {option}")
    if words and not words[0].startswith("-"):
        takes = any(argument["kind"] == "positional" for argument in arguments)
        require(takes, f"{command['commandName']} has no command {words[0]}")


def check_script(name, words):
    script = ROOT / name
    require(script.is_file() and script.stat().st_mode & 0o100, "there is no such script")
    if name in ("scripts/dev", "scripts/chaos"):
        return check_program([script.name, *words])
    text = script.read_text()
    if name == "scripts/test":
        for filter in words[1:]:
            files = (ROOT / "Tests").rglob("*.swift")
            require((ROOT / "Tests" / filter).is_dir() or any(file.stem == filter for file in files), f"no tests {filter}")
        words = []
    elif name == "scripts/load" and words and words[0] != "NAME":
        k6 = ROOT / "k6" / f"{words[0]}.js"
        require(k6.is_file(), f"there is no {k6.relative_to(ROOT)}")
        text += "".join(file.read_text() for file in (ROOT / "k6").rglob("*.js"))
        words = [word.split("=")[0] for word in words[1:] if word != "--env"]
    for word in words:
        if re.fullmatch(r"--[a-z-]+|[a-z]+|[A-Z]+", word) and word != "NAME":
            require(re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text), f"it knows no {word}")


def check_compose(words):
    require(words[0] == "compose" and words[1] == "--profile" and words[3] == "up", "it is not known how to check that")
    profile = words[2]
    services = (ROOT / "docker-compose.yml").read_text()
    require(re.search(rf"profiles: \[[a-z, ]*\b{profile}\b", services), f"no service has the profile {profile}")
    has_plugin = shutil.which("docker") and not subprocess.run(["docker", "compose", "version"], capture_output=True).returncode
    compose = ["docker", "compose"] if has_plugin else ["docker-compose"]
    known = output(*compose, "up", "--help")
    for option in options(words[4:]):
        require(option in known, f"{' '.join(compose)} up has no option {option}")


def check_kubectl(words):
    if "create" in words:
        with tempfile.TemporaryDirectory() as folder:
            for name in re.findall(r"--from-file=(\S+)", " ".join(words)):
                pathlib.Path(folder, name).touch()
            secret = json.loads(output("kubectl", *words, "--dry-run=client", "--output=json", folder=folder))
        check_secret(secret["metadata"]["name"], set(secret["data"]))
    elif words[:2] == ["apply", "-k"]:
        output("kubectl", "kustomize", words[2])
    else:
        require(words[:2] == ["apply", "-f"] and (ROOT / words[2]).is_file(), "there is no such file")


def check_secret(name, keys):
    """The manifests use what the command makes, and no other."""
    text = "".join(file.read_text() for file in (ROOT / "deploy/kubernetes").glob("*.yaml"))
    used = set(re.findall(rf"secretKeyRef: {{name: {name}, key: ([a-z-]+)}}", text))
    if re.search(rf"secretName: {name}(?![\w-])", text):
        used |= set(re.findall(r"/etc/payment-saga/tls/(\S+)", text))
    require(used == keys, f"the manifests use {sorted(used)} of the secret {name}, which has {sorted(keys)}")


def check_temporal(words):
    output(str(ROOT / ".tools/venv/bin/temporal"), *words, "--help")


def check_export(words):
    known = (ROOT / "docs/configuration.md").read_text()
    require(f"`{words[0].split('=')[0]}`" in known, "there is no such setting")


def check_apt(words):
    require(words[0] == "install", "it is not known how to check that")
    require(output("apt-cache", "show", words[1]), "there is no such package")


def check_swift(words):
    require(f"swift {' '.join(words)}" in (ROOT / ".ci/run").read_text(), ".ci/run does not run it")


# By its first word: how a command is checked, what that shows, and why it is not run.
RULES = {
    "payment-saga": (check_program, "its subcommands and options exist", "the text names it; blocks that can be run are run"),
    "scripts/": (check_script, "the script and what is given to it exist", "CI runs it as a stage, or it takes a machine for itself, or hours"),
    ".ci/run": (lambda words: None, "it is what runs this", "it is what runs this"),
    "docker": (check_compose, "the profile and the options exist; check-deploy has the file read by the tool", "there is no engine in CI"),
    "kubectl": (check_kubectl, "manifests are built, and secrets made, without a cluster; they have what the manifests use", "there is no cluster in CI"),
    "temporal": (check_temporal, "its subcommands and options exist", "it changes a namespace, or asks for a workflow of the reader's"),
    "swift": (check_swift, "CI runs it", "CI runs it"),
    "apt": (check_apt, "there is such a package", "scripts/setup installs it"),
    "export": (check_export, "there is such a setting", "the value is the reader's"),
}


def check():
    """Prints what was checked how, and why it was not run; returns what is wrong."""
    problems = []
    seen = {}
    for page, command in commands():
        words = shlex.split(command)
        first = next(name for name in RULES if words[0] == name or (name.endswith("/") and words[0].startswith(name)))
        seen.setdefault(first, set()).add(command)
        try:
            if first == "scripts/":
                check_script(words[0], words[1:])
            else:
                RULES[first][0](words[1:])
        except Wrong as problem:
            problems.append(f"{page.relative_to(ROOT)}: {command}: {problem}")
    for name, (_, shown, reason) in RULES.items():
        if name not in seen:
            problems.append(f"scripts/documented_commands.py: no page has a command {name}")
        print(f"scripts/check-docs: {len(seen.get(name, ()))} commands {name}… not run: {reason}. Checked: {shown}.")
    return problems
