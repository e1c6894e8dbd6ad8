#include "addon/loop_notifier.h"

#include <utility>

namespace ringfs {

namespace {

template <typename Handle>
uv_handle_t* as_handle(Handle* handle) {
  return reinterpret_cast<uv_handle_t*>(handle);
}

}  // namespace

bool LoopNotifier::start(uv_loop_t* loop, int fd, Callbacks callbacks) {
  callbacks_ = std::move(callbacks);
  if (uv_poll_init(loop, &poll_, fd) != 0) return false;
  uv_prepare_init(loop, &prepare_);
  uv_idle_init(loop, &idle_);
  open_handles_ = 3;
  poll_.data = prepare_.data = idle_.data = this;
  uv_poll_start(&poll_, UV_READABLE,
                [](uv_poll_t* handle, int, int) { static_cast<LoopNotifier*>(handle->data)->callbacks_.arrived(); });
  uv_prepare_start(&prepare_,
                   [](uv_prepare_t* handle) { static_cast<LoopNotifier*>(handle->data)->callbacks_.new_iteration(); });
  uv_unref(as_handle(&poll_));
  uv_unref(as_handle(&prepare_));
  return true;
}

void LoopNotifier::keep_alive(bool alive) {
  if (alive) {
    uv_ref(as_handle(&poll_));
  } else {
    uv_unref(as_handle(&poll_));
  }
}

void LoopNotifier::want_iterations(bool wanted) {
  if (wanted == idling_) return;
  idling_ = wanted;
  if (wanted) {
    uv_idle_start(&idle_, [](uv_idle_t* handle) { static_cast<LoopNotifier*>(handle->data)->callbacks_.idle(); });
  } else {
    uv_idle_stop(&idle_);
  }
}

void LoopNotifier::close(std::function<void()> closed) {
  closed_ = std::move(closed);
  if (open_handles_ == 0) {
    open_handles_ = 1;
    on_closed();
    return;
  }
  const uv_close_cb on_close = [](uv_handle_t* handle) { static_cast<LoopNotifier*>(handle->data)->on_closed(); };
  uv_close(as_handle(&poll_), on_close);
  uv_close(as_handle(&prepare_), on_close);
  uv_close(as_handle(&idle_), on_close);
}

void LoopNotifier::on_closed() {
  open_handles_ -= 1;
  if (open_handles_ > 0) return;
  // What runs now may free this object.
  const auto closed = std::move(closed_);
  closed();
}

}  // namespace ringfs
