"""Two revisions side by side: worktrees in a cache folder, so that what was built once is built."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness.build import ROOT, BuildError

WORKING_TREE = "."


def cache() -> Path:
    """Where worktrees are kept, each with its own `target`."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "coachwhip/compare"


@dataclass(frozen=True)
class Tree:
    """One side of a comparison."""

    name: str
    """What tables call it: the revision as it was given, and its commit."""
    folder: Path


def git(*arguments: str) -> str:
    """What git says."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise BuildError(f"`git {' '.join(arguments)}` failed: {done.stderr.strip()}")
    return done.stdout.strip()


def tree(revision: str) -> Tree:
    """The tree of a revision; `.` is the working tree as it stands."""
    if revision == WORKING_TREE:
        return Tree("working tree", ROOT)
    commit = git("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    folder = cache() / commit
    if not (folder / "Cargo.toml").exists():
        git("worktree", "prune")
        git("worktree", "add", "--force", "--detach", str(folder), commit)
    short = commit[:9]
    return Tree(short if commit.startswith(revision) else f"{revision} ({short})", folder)
