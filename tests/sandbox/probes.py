# SPDX-License-Identifier: Apache-2.0
"""Things that must not be within a program's reach. Run as `python3 probes.py NAME…` (all when none):
prints one JSON object {name: [is_open, words]}. The suite runs the same file twice: on the bare host as
root, where each must be open (else the probe is broken), and inside, where each must be closed.

A system call counts as open when the kernel looked at it at all: any error but EPERM, ENOSYS and
EAFNOSUPPORT, which are what the filter and missing privileges answer. So dangerous ones are called with
arguments that make no sense, and do nothing on the host either.
"""
import ctypes
import errno
import fcntl
import json
import mmap
import os
import resource
import signal
import socket
import sys
import tempfile

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
REFUSED = (errno.EPERM, errno.ENOSYS, errno.EAFNOSUPPORT)
PROBES = {}
OPTIONAL = set()  # not on every host: closed on the host is no fault of the probe


def probe(fn):
    PROBES[fn.__name__] = fn
    return fn


def call(nr, *args):
    """A raw system call: is it open?"""
    ctypes.set_errno(0)
    r = libc.syscall(ctypes.c_long(nr), *[
        a if isinstance(a, (ctypes._SimpleCData, ctypes.Array)) or a is None or isinstance(a, bytes)
        else ctypes.c_long(a) for a in args])
    e = ctypes.get_errno()
    if r >= 0:
        return True, f"returned {r}"
    return e not in REFUSED, errno.errorcode.get(e, str(e))


def in_child(fn):
    """What fn does to its process stays in a fork."""
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            answer = attempt(fn)
        except BaseException as e:  # a child never returns into the caller
            answer = (False, repr(e))
        os.write(w, json.dumps(answer).encode())
        os._exit(0)
    os.close(w)
    text = b""
    while chunk := os.read(r, 65536):
        text += chunk
    os.close(r)
    os.waitpid(pid, 0)
    return tuple(json.loads(text)) if text else (False, "died")


def attempt(fn):
    try:
        answer = fn()
    except OSError as e:
        return False, errno.errorcode.get(e.errno, str(e))
    return answer if isinstance(answer, tuple) else (True, repr(answer)[:80])


# --- files -----------------------------------------------------------------------------------------

def reads(name, path, optional=False):
    PROBES[name] = lambda: os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
    if optional:
        OPTIONAL.add(name)


def opens_for_writing(name, path, optional=False):
    PROBES[name] = lambda: os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
    if optional:
        OPTIONAL.add(name)


def makes_file_in(name, path):
    # O_TMPFILE: a file without a name, so the host keeps none
    PROBES[name] = lambda: os.close(os.open(path, os.O_TMPFILE | os.O_WRONLY, 0o600))


reads("read_etc_shadow", "/etc/shadow")
reads("read_etc_resolv", "/etc/resolv.conf", optional=True)
reads("read_machine_id", "/etc/machine-id", optional=True)
for d in ("root", "home", "var", "run", "sys", "boot", "opt", "mnt", "srv"):
    reads(f"list_{d}", f"/{d}")
reads("list_proc_sys", "/proc/sys")
opens_for_writing("write_core_pattern", "/proc/sys/kernel/core_pattern")
opens_for_writing("write_sysrq_trigger", "/proc/sysrq-trigger", optional=True)
for f in ("kallsyms", "cmdline", "keys", "kcore", "version", "cpuinfo", "meminfo", "mounts-of-1",
          "modules", "interrupts", "net-of-host"):
    if f == "mounts-of-1":
        reads("read_proc_1_mounts", "/proc/1/mounts")
    elif f == "net-of-host":
        reads("read_proc_1_net", "/proc/1/net/tcp")
    else:
        reads(f"read_proc_{f}", f"/proc/{f}", optional=f in ("kcore", "modules", "keys"))
# where the host's pid 1 has capabilities that we lack, even root may not look into it
reads("read_proc_1_environ", "/proc/1/environ", optional=True)
reads("list_proc_1_root", "/proc/1/root/", optional=True)
reads("list_proc_1_fd", "/proc/1/fd", optional=True)
reads("open_proc_1_mem", "/proc/1/mem", optional=True)
reads("list_proc_1_map_files", "/proc/1/map_files", optional=True)
for n in ("kvm", "mem", "vsock", "fuse", "net/tun", "loop-control", "kmsg"):
    reads(f"dev_{n.replace('/', '_')}", f"/dev/{n}", optional=True)
reads("dev_ptmx", "/dev/ptmx")
reads("list_dev_pts", "/dev/pts")
makes_file_in("make_file_in_root", "/")
makes_file_in("make_file_in_usr", "/usr/lib")
makes_file_in("make_file_in_etc", "/etc")
opens_for_writing("write_usr_file", "/usr/bin/env")
opens_for_writing("write_etc_passwd", "/etc/passwd")


@probe
def chmod_dev_null():
    os.chmod("/dev/null", os.stat("/dev/null").st_mode & 0o7777)


@probe
def sees_other_processes():
    pids = [p for p in os.listdir("/proc") if p.isdigit() and int(p) != os.getpid()]
    return len(pids) > 2, f"{len(pids)} others"


@probe
def sees_more_than_lo():
    with open("/proc/self/net/dev", encoding="ascii") as f:
        names = [line.split(":")[0].strip() for line in f if ":" in line]
    return names != ["lo"], ",".join(names)


OPTIONAL.add("sees_more_than_lo")


@probe
def usr_has_setuid():
    return not os.statvfs("/usr").f_flag & os.ST_NOSUID, "mount flags of /usr"


@probe
def exec_from_tmp():
    return run_copy(tempfile.mkdtemp())


@probe
def exec_from_home():
    return run_copy(tempfile.mkdtemp(dir=os.environ.get("HOME", "/root")))


def run_copy(folder):
    path = os.path.join(folder, "true")
    with open("/usr/bin/true", "rb") as f, open(path, "wb") as g:
        g.write(f.read())
    os.chmod(path, 0o755)
    try:
        pid = os.posix_spawn(path, [path], {})
    finally:
        os.unlink(path)
        os.rmdir(folder)
    return os.waitpid(pid, 0)[1] == 0, "ran"


@probe
def exec_memory_file():
    fd = os.memfd_create("x", os.MFD_CLOEXEC)
    with open("/usr/bin/true", "rb") as f:
        os.write(fd, f.read())

    def go():
        os.execve(fd, ["true"], {})
    pid = os.fork()
    if pid == 0:
        try:
            go()
        except OSError:
            os._exit(9)
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, "ran"


@probe
def follows_links_in_tmp():
    d = tempfile.mkdtemp()
    os.symlink("/usr/bin", d + "/l")
    try:
        os.close(os.open(d + "/l", os.O_RDONLY))
    finally:
        os.unlink(d + "/l")
        os.rmdir(d)


# --- network ---------------------------------------------------------------------------------------

def makes_socket(name, family, kind, proto=0, optional=False):
    PROBES[name] = lambda: socket.socket(family, kind, proto).close()
    if optional:
        OPTIONAL.add(name)


makes_socket("socket_netlink", socket.AF_NETLINK, socket.SOCK_RAW)
makes_socket("socket_packet", socket.AF_PACKET, socket.SOCK_RAW, optional=True)
makes_socket("socket_vsock", 40, socket.SOCK_STREAM, optional=True)
makes_socket("socket_alg", 38, socket.SOCK_SEQPACKET, optional=True)
makes_socket("socket_raw_icmp", socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
makes_socket("socket_raw_inet6", socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6, optional=True)
makes_socket("socket_ping", socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP, optional=True)
makes_socket("socket_mptcp", socket.AF_INET, socket.SOCK_STREAM, 262, optional=True)
makes_socket("socket_sctp", socket.AF_INET, socket.SOCK_STREAM, 132, optional=True)
makes_socket("socket_bluetooth", 31, socket.SOCK_RAW, 0, optional=True)
makes_socket("socket_xdp", 44, socket.SOCK_RAW, 0, optional=True)
makes_socket("socket_qipcrtr", 42, socket.SOCK_DGRAM, 0, optional=True)


@probe
def route_out_ipv4():  # connecting a datagram socket sends nothing
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(("8.8.8.8", 53))


@probe
def route_out_ipv6():
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
        s.connect(("2001:4860:4860::8888", 53))


OPTIONAL.update({"route_out_ipv4", "route_out_ipv6"})


@probe
def host_tcp():
    with socket.create_connection(("127.0.0.1", int(os.environ.get("PROBE_TCP") or ARGS["tcp"])), 5):
        pass


@probe
def host_abstract_socket():
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
        s.connect("\0" + ARGS["abstract"])


@probe
def netlink_by_syscall():
    return call(41, 16, 3, 0)


# --- privileges --------------------------------------------------------------------------------------

def status(key):
    with open("/proc/self/status", encoding="ascii") as f:
        for line in f:
            if line.startswith(key + ":"):
                return line.split()[1]
    raise OSError(errno.ENOENT, key)


for key in ("CapEff", "CapPrm", "CapBnd"):
    PROBES[f"has_{key}"] = lambda key=key: (int(status(key), 16) != 0, status(key))
PROBES["may_gain_privileges"] = lambda: (status("NoNewPrivs") == "0", status("NoNewPrivs"))
PROBES["is_not_filtered"] = lambda: (status("Seccomp") == "0", status("Seccomp"))
PROBES["is_uid_0"] = lambda: (os.getuid() == 0 or os.geteuid() == 0, str(os.getuid()))


@probe
def becomes_root():
    return in_child(lambda: os.setresuid(0, 0, 0))


@probe
def changes_root():
    return in_child(lambda: os.chroot("/tmp"))


@probe
def sets_hostname():
    return call(170, os.uname().nodename.encode(), len(os.uname().nodename))


CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x20000, 0x10000000, 0x40000000


@probe
def new_user_namespace():
    return in_child(lambda: call(272, CLONE_NEWUSER))


@probe
def new_mount_namespace():
    return in_child(lambda: call(272, CLONE_NEWNS))


@probe
def new_net_namespace():
    return in_child(lambda: call(272, CLONE_NEWNET))


@probe
def mounts_tmpfs():
    def go():
        libc.unshare(CLONE_NEWNS)
        libc.mount(None, b"/", None, 0x44000, None)  # private, recursive: the host does not see it
        ctypes.set_errno(0)
        if libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0:
            return True, "mounted"
        return False, errno.errorcode.get(ctypes.get_errno(), "?")
    return in_child(go)


@probe
def clones_user_namespace():
    def go():
        ctypes.set_errno(0)
        pid = libc.syscall(ctypes.c_long(56), ctypes.c_long(CLONE_NEWUSER | signal.SIGCHLD), None, None,
                           None, None)
        if pid == 0:
            os._exit(0)
        return (pid > 0, errno.errorcode.get(ctypes.get_errno(), "cloned"))
    return in_child(go)


@probe
def clones_with_clone3():
    def go():
        args = (ctypes.c_uint64 * 11)()
        args[4] = signal.SIGCHLD
        ctypes.set_errno(0)
        pid = libc.syscall(ctypes.c_long(435), args, ctypes.c_long(88))
        if pid == 0:
            os._exit(0)
        return (pid > 0, errno.errorcode.get(ctypes.get_errno(), "cloned"))
    return in_child(go)


@probe
def makes_device_node():
    path = tempfile.mkdtemp()
    try:
        os.mknod(path + "/d", 0o060600, os.makedev(7, 200))
        os.unlink(path + "/d")
    finally:
        os.rmdir(path)


@probe
def signals_pid_1():
    os.kill(1, 0)


@probe
def limits_of_pid_1():
    return resource.prlimit(1, resource.RLIMIT_NOFILE)


@probe
def realtime_priority():
    return in_child(lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)))


@probe
def raises_priority():
    return in_child(lambda: os.setpriority(os.PRIO_PROCESS, 0, -10))


@probe
def locks_memory():
    return in_child(lambda: call(151, 2))  # mlockall(MCL_FUTURE)


@probe
def traces():
    return in_child(lambda: call(101, 0, 0, 0, 0))  # PTRACE_TRACEME


@probe
def no_randomization():
    return in_child(lambda: call(135, 0x0040000))


@probe
def reads_implies_exec():
    return in_child(lambda: call(135, 0x0400000))


@probe
def dumps_core():
    return resource.getrlimit(resource.RLIMIT_CORE)[1] not in (0, 1), str(resource.getrlimit(resource.RLIMIT_CORE))


# --- system calls: (number on x86-64, arguments that do nothing) -----------------------------------------

CALLS = {
    "io_uring_setup": (425, 0, 0), "userfaultfd": (323, 0x7fffffff), "bpf": (321, 9999, 0, 0),
    "perf_event_open": (298, 0, 0, -1, -1, 0), "keyctl": (250, 0, -3, 0), "add_key": (248, 0, 0, 0, 0, 0),
    "request_key": (249, 0, 0, 0, 0), "process_vm_readv": (310, 0x7ffffff0, 0, 0, 0, 0, 0),
    "process_vm_writev": (311, 0x7ffffff0, 0, 0, 0, 0, 0), "kcmp": (312, 0x7ffffff0, 0x7ffffff0, 0, 0, 0),
    "pidfd_getfd": (438, -1, -1, 0), "name_to_handle_at": (303, -1, b"x", 0, 0, 0),
    "open_by_handle_at": (304, -1, 0, 0), "seccomp": (317, 2, 0, 0), "quotactl": (179, 0x7fffffff, 0, 0, 0),
    "swapon": (167, b"/nonexistent", 0), "swapoff": (168, b"/nonexistent"), "mount": (165, 0, 0, 0, 0, 0),
    "umount2": (166, b"/nonexistent", 0), "pivot_root": (155, b"/nonexistent", b"/nonexistent"),
    "open_tree": (428, -1, b"nonexistent", 0), "move_mount": (429, -1, b"", -1, b"", 4),
    "fsopen": (430, b"nonexistent", 0), "fsconfig": (431, -1, 0, 0, 0, 0), "fsmount": (432, -1, 0, 0),
    "fspick": (433, -1, b"nonexistent", 0), "mount_setattr": (442, -1, b"nonexistent", 0, 0, 0),
    "setns": (308, -1, 0), "modify_ldt": (154, 0, 0, 0), "ioperm": (173, 0, 0, 0),
    "inotify_init1": (294, 0), "fanotify_init": (300, 0x7fffffff, 0), "mq_open": (240, 0, 0, 0, 0),
    "shmget": (29, 0, 0, 0), "semget": (64, 0, 0, 0), "msgget": (68, 0x7ffffff0, 0),
    "vmsplice": (278, -1, 0, 0, 0), "reboot": (169, 0, 0, 0, 0), "kexec_load": (246, 0, 0, 0, 0x7fffffff),
    "init_module": (175, 0, 0, 0), "finit_module": (313, -1, 0, 0), "delete_module": (176, b"nonexistent", 0),
    "acct": (163, b"/nonexistent"), "syslog": (103, 9999, 0, 0), "settimeofday": (164, 1, 0),
    "clock_settime": (227, 9999, 0), "clock_adjtime": (305, 9999, 0), "adjtimex": (159, 0),
    "sethostname_null": (170, 0, -1), "setdomainname": (171, 0, -1), "lookup_dcookie": (212, 0, 0, 0),
    "memfd_secret": (447, 0x7fffffff), "landlock_create_ruleset": (444, 0, 0, 1), "mbind": (237, 0, 0, 0, 0, 0, 0),
    "move_pages": (279, 0, 0, 0, 0, 0, 0), "migrate_pages": (256, 0, 0, 0, 0), "nfsservctl": (180, 0, 0, 0),
    "statmount": (457, 0, 0, 0, 0), "listmount": (458, 0, 0, 0, 0), "mincore": (27, 1, 0, 0),
    "process_mrelease": (448, -1, 0), "process_madvise": (440, -1, 0, 0, 0, 0), "uselib": (134, 0),
    "cachestat": (451, -1, 0, 0, 0), "setxattr": (188, b"/nonexistent", b"user.x", 0, 0, 0),
    "io_setup": (206, 0, 0),
}
for _name, (_nr, *_args) in CALLS.items():
    PROBES[f"call_{_name}"] = lambda nr=_nr, args=tuple(_args): call(nr, *args)
OPTIONAL.update(f"call_{n}" for n in (
    "lookup_dcookie", "nfsservctl", "uselib", "kexec_load", "memfd_secret", "landlock_create_ruleset",
    "statmount", "listmount", "cachestat", "quotactl", "modify_ldt", "userfaultfd", "mbind", "move_pages",
    "migrate_pages", "keyctl", "add_key", "request_key", "mq_open", "acct", "init_module", "finit_module",
    "delete_module", "swapon", "swapoff", "io_uring_setup", "bpf", "perf_event_open", "clock_adjtime",
    "ioperm"))

TIOCSTI, TIOCLINUX, TIOCSETD = 0x5412, 0x541C, 0x5423
for _name, _cmd in (("tiocsti", TIOCSTI), ("tiocsti_high_bits", TIOCSTI | 1 << 32), ("tioclinux", TIOCLINUX),
                    ("tiocsetd", TIOCSETD), ("siocgifconf", 0x8912), ("ficlone", 0x40049409)):
    PROBES[f"ioctl_{_name}"] = lambda cmd=_cmd: call(16, 0, cmd, 0)
for _name, _cmd, _arg in (("notify", 1026, 0), ("setlease", 1024, 2), ("setsig", 10, 0), ("setown", 8, 0)):
    PROBES[f"fcntl_{_name}"] = lambda cmd=_cmd, arg=_arg: call(72, 0, cmd, arg)
for _name, _option in (("set_seccomp", 22), ("set_mm", 35), ("set_keepcaps", 8), ("set_securebits", 28),
                       ("cap_ambient", 47), ("set_ptracer", 0x59616d61), ("set_thp_disable", 41),
                       ("sched_core", 62), ("set_io_flusher", 57)):
    PROBES[f"prctl_{_name}"] = lambda option=_option: in_child(lambda: call(157, option, 0, 0, 0, 0))
OPTIONAL.update({"prctl_set_mm", "prctl_set_ptracer", "prctl_sched_core", "prctl_set_io_flusher", "prctl_set_seccomp"})


# --- what the starter hands down ---------------------------------------------------------------------------

def descriptors():
    fds = []
    for fd in range(3, 4096):
        try:
            fcntl.fcntl(fd, fcntl.F_GETFD)
        except OSError:
            continue
        fds.append(f"{fd}={os.readlink(f'/proc/self/fd/{fd}')}")
    return fds


INHERITED = descriptors()  # before any probe opens one


@probe
def inherited_descriptors():
    return bool(INHERITED), str(INHERITED)


@probe
def inherited_environment():
    return "PROBE_SECRET" in os.environ, ",".join(sorted(os.environ))


ARGS = {}


def main():
    global ARGS
    ARGS = json.loads(sys.argv[1])
    answers = {}
    for name, fn in PROBES.items():
        answers[name] = attempt(fn)
    json.dump({"probes": answers, "optional": sorted(OPTIONAL), "hostname": os.uname().nodename,
               "environ": dict(os.environ), "page": mmap.PAGESIZE}, sys.stdout)


if __name__ == "__main__":
    main()
