// What several threads answer, put together for one that waits.
#pragma once

#include <mutex>

namespace turnpike::worker {

// Who is late writes to it when nobody reads any more.
template <class All>
class Answers {
 public:
  template <class Change>
  void change(Change change) {
    const std::lock_guard lock(mutex_);
    change(all_);
  }
  All get() {
    const std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  std::mutex mutex_;
  All all_{};
};

}  // namespace turnpike::worker
