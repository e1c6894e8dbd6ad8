# The fault plan (engine/fault_plan.h) stands between the engine and these. The product is linked without it.
set(fault_points
  open openat close read write pread pwrite preadv2 pwritev2 lseek fcntl
  fstat fstatat fstatfs statfs statx faccessat ftruncate fsync fdatasync mkdirat unlinkat renameat pipe2 tee
  fchmod fchmodat fchown fchownat futimens utimensat linkat symlinkat readlink readlinkat realpath
  copy_file_range sendfile ioctl getrandom getcwd
  epoll_create1 epoll_ctl epoll_wait eventfd syscall pthread_create
  io_uring_queue_init_params io_uring_register_restrictions io_uring_enable_rings
  io_uring_submit io_uring_submit_and_wait io_uring_submit_and_wait_timeout
  malloc calloc aligned_alloc free)

function(stand_between target)
  foreach(point IN LISTS fault_points)
    target_link_options(${target} PRIVATE -Wl,--wrap=${point})
  endforeach()
endfunction()
