// refuse ERRNO CALL[,CALL...] COMMAND [ARGUMENT...]
// Runs a command in which the named io_uring system calls fail with that errno: a seccomp filter, as containers use it.
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#if defined(__x86_64__)
#define THIS_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCH AUDIT_ARCH_AARCH64
#else
#error "no audit number known for this processor"
#endif

// The same numbers on every processor.
static int number_of(const char *name) {
  if (strcmp(name, "io_uring_setup") == 0) return 425;
  if (strcmp(name, "io_uring_enter") == 0) return 426;
  if (strcmp(name, "io_uring_register") == 0) return 427;
  return -1;
}

static int errno_of(const char *name) {
  if (strcmp(name, "EPERM") == 0) return EPERM;
  if (strcmp(name, "ENOSYS") == 0) return ENOSYS;
  if (strcmp(name, "ENOMEM") == 0) return ENOMEM;
  return -1;
}

int main(int argc, char **argv) {
  const int error = argc > 3 ? errno_of(argv[1]) : -1;
  if (error < 0) {
    fprintf(stderr, "use: refuse EPERM|ENOSYS|ENOMEM io_uring_setup[,...] command\n");
    return 64;
  }
  struct sock_filter filter[16] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCH, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
  };
  unsigned short length = 4;
  for (char *name = strtok(argv[2], ","); name != NULL; name = strtok(NULL, ",")) {
    const int number = number_of(name);
    if (number < 0 || length > 12) {
      fprintf(stderr, "refuse: '%s' is not a call to refuse\n", name);
      return 64;
    }
    filter[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1);
    filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error);
  }
  filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const struct sock_fprog program = {length, filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    perror("refuse: seccomp");
    return 70;
  }
  execvp(argv[3], argv + 3);
  perror(argv[3]);
  return 127;
}
