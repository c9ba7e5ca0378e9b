# Sourced by quickstart and check: a virtual environment in .venv with the tested versions.
# Uses no bash newer than macOS ships (3.2).

# Who looks on sees pip's own progress.
quiet=-q
[ ! -t 2 ] || quiet=

say() { printf '%s\n' "$*" >&2; }
fail() { say "$program: $*"; exit 1; }

# Print what stands at the head of the script.
show_help() {
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "scripts/$program"
  exit 0
}

# Find Python 3.11 or 3.12; kokoro does not install on others.
find_python() {
  case "$(uname -s)" in
    MINGW* | MSYS* | CYGWIN*)
      fail "Windows is not supported directly; run this inside WSL (wsl --install) or use Docker" ;;
  esac
  local candidate
  for candidate in python3.11 python3.12 python3 python; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' \
      2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  fail "needs Python 3.11 or 3.12; install it with one of: apt install python3.11 python3.11-venv" \
    "| brew install python@3.12 | uv python install 3.12 | pyenv install 3.12"
}

# Name PyTorch's own wheel index that fits this machine; empty where PyPI's build is the right one.
torch_index() {
  [ "$(uname -s)" = Linux ] || return 0
  local capability
  capability=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | sort -n | head -n 1)
  # cu126 is the last build with kernels for cards before Turing (capability 7.5).
  case "$capability" in
    "" | *[!0-9.]*) echo https://download.pytorch.org/whl/cpu ;;
    [3-6].* | 7.[0-4]) echo https://download.pytorch.org/whl/cu126 ;;
    *) echo https://download.pytorch.org/whl/cu130 ;;
  esac
}

install_torch() {
  local version index
  version=$(sed -n 's/^torch==//p' constraints.txt)
  if .venv/bin/python -c "import importlib.metadata as m, sys
sys.exit(m.version('torch').split('+')[0] != '$version')" 2>/dev/null; then
    return
  fi
  index=$(torch_index)
  if .venv/bin/python -m pip install -q --dry-run --no-index --no-deps "torch==$version" \
    >/dev/null 2>&1; then
    say "PyTorch $version: already on this machine"
    index=
  elif [ -n "$index" ] && ! .venv/bin/python -c "import sys, urllib.request
urllib.request.urlopen(sys.argv[1] + '/torch/', timeout=10)" "$index" >/dev/null 2>&1; then
    say "PyTorch $version: $index does not answer, taking what pip finds (with CUDA, some 5 GB)"
    index=
  else
    case "$index" in
      */cpu) say "PyTorch $version for the processor, some 190 MB, from $index" ;;
      */cu*) say "PyTorch $version for the NVIDIA card, several GB, from $index" ;;
      *) say "PyTorch $version from the Python package index" ;;
    esac
  fi
  # Without its dependencies: those come with the rest, in the tested versions.
  .venv/bin/python -m pip install $quiet --no-compile --no-deps "torch==$version" ${index:+--index-url "$index"} >&2 ||
    fail "PyTorch did not install; see the lines above"
}

# Tell whether the extras named in $1, checksum $2, are installed, by themselves or among others.
has_extras() {
  local extra stamp
  for stamp in .venv/installed-*; do
    [ "$(cat "$stamp" 2>/dev/null)" = "$2" ] || continue
    case "${stamp#.venv/installed}-" in *-dev-*) set -- "${1/test/dev}" "$2" ;; esac
    for extra in ${1//,/ }; do
      case "${stamp#.venv/installed}-" in *"-$extra-"*) ;; *) continue 2 ;; esac
    done
    return 0
  done
  return 1
}

# Install this checkout with the extras named in $1, unless that has been done already.
prepare_environment() {
  local extras=$1 python stamp wanted
  if [ ! -x .venv/bin/python ]; then
    python=$(find_python) || exit 1
    say "creating .venv with $("$python" --version)"
    "$python" -m venv .venv ||
      fail "could not create .venv; on Debian and Ubuntu: apt install python3-venv"
  fi
  stamp=.venv/installed-$(printf '%s' "$extras" | tr , -)
  wanted=$(cat pyproject.toml constraints.txt | cksum)
  ! has_extras "$extras" "$wanted" || return 0
  if [ "$extras" = test ]; then
    say "installing the tested versions of what the unit tests need (under a minute the first time)"
  else
    say "installing the tested versions (two to five minutes the first time)"
    install_torch
  fi
  .venv/bin/python -m pip install $quiet --no-compile -c constraints.txt -e ".[$extras]" >&2 ||
    fail "the packages did not install; see the lines above"
  # With all cores, where pip would take one. Some packages have files that no Python compiles.
  .venv/bin/python -W ignore -m compileall -q -j 0 .venv/lib >/dev/null 2>&1 || true
  printf '%s\n' "$wanted" >"$stamp"
}
