// The event loop's side of the engine: wakes it when jobs have arrived, tells when an iteration begins, and brings
// it round again at once while there is work that the loop thread can do itself.
#pragma once

#include <uv.h>

#include <functional>

namespace ringfs {

class LoopNotifier {
 public:
  struct Callbacks {
    std::function<void()> arrived;        // the completion eventfd is readable
    std::function<void()> new_iteration;  // before the loop polls
    std::function<void()> idle;           // once per iteration while wanted
  };

  // False if libuv refuses the descriptor.
  bool start(uv_loop_t* loop, int fd, Callbacks callbacks);
  // The loop lives while, and only while, work is in flight.
  void keep_alive(bool alive);
  void want_iterations(bool wanted);
  // Closes the handles; `closed` is called from the loop when it has let go of the last one.
  void close(std::function<void()> closed);

 private:
  void on_closed();

  uv_poll_t poll_{};
  uv_prepare_t prepare_{};
  uv_idle_t idle_{};
  bool idling_ = false;
  int open_handles_ = 0;
  Callbacks callbacks_;
  std::function<void()> closed_;
};

}  // namespace ringfs
