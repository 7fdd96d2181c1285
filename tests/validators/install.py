"""Makes the validators' environment from its lock files, once: safe when several ask for it at the same time."""

import fcntl
import pathlib
import shutil
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent


def say(words):
    print(f"validators: {words}", file=sys.stderr, flush=True)


def python_packages(folder):
    environment = folder / "venv"
    shutil.rmtree(environment, ignore_errors=True)
    venv.create(environment, with_pip=True)
    pip = [environment / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--only-binary", ":all:", "--require-hashes", "--requirement", HERE / "requirements.lock"])


def node_packages(folder):
    """Files of packages of npm, beside each other as `npm/NAME`; nothing of them is run."""
    npm = folder / "npm"
    shutil.rmtree(npm, ignore_errors=True)
    npm.mkdir(parents=True)
    for name in ["package.json", "package-lock.json"]:
        shutil.copy(HERE / "npm" / name, npm / name)
    run(["npm", "ci", "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund", "--loglevel", "error", "--prefix", npm])
    for package in (npm / "node_modules").iterdir():
        if not package.name.startswith("."):
            (npm / package.name).symlink_to(package.relative_to(npm))


def run(command):
    done = subprocess.run([str(word) for word in command], stdout=sys.stderr, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        sys.exit(f"validators: `{' '.join(str(word) for word in command[:4])} …` failed with {done.returncode}")


def once(lock, stamp, install):
    """Installs unless the stamp, which is written at the end, says that this very lock was."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}\n".encode()
    wanted = version + lock.read_bytes()
    if not stamp.is_file() or stamp.read_bytes() != wanted:
        say(f"installing from {lock.relative_to(HERE)}")
        install()
        stamp.write_bytes(wanted)


def main():
    folder = pathlib.Path(sys.argv[1])
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        once(HERE / "requirements.lock", folder / "venv.stamp", lambda: python_packages(folder))
        once(HERE / "npm" / "package-lock.json", folder / "npm.stamp", lambda: node_packages(folder))


if __name__ == "__main__":
    main()
