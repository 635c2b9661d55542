// One loop over readiness and deadlines; the few clients of a batch are searched in order.
#include "load/drive.hpp"

#include <algorithm>
#include <stdexcept>

#include "load/clock.hpp"
#include "load/readiness.hpp"

namespace turnpike::bench {
namespace {

constexpr Duration kWaitMax = std::chrono::seconds(1);
constexpr int kAttemptsMax = 5;

class Driver {
 public:
  Driver(std::span<std::unique_ptr<Client>> clients,
         const std::function<bool(std::unique_ptr<Client>&, TimePoint)>& next)
      : clients_(clients), next_(next), done_(clients.size()) {}

  void run() {
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      readiness_.add(clients_[i]->fd(), i);
      advance(i);
    }
    while (left_ > 0) {
      for (const std::uint64_t i : readiness_.wait(time_to_deadline())) {
        clients_[i]->on_readable(monotonic());
        advance(i);
      }
      check_deadlines();
    }
    for (const auto& client : clients_) readiness_.remove(client->fd());
  }

 private:
  // Transactions may be over at once, hence the loop.
  void advance(std::size_t i) {
    while (!done_[i] && !clients_[i]->busy()) {
      const Client* const before = clients_[i].get();
      const int fd = before->fd();
      done_[i] = !next_(clients_[i], monotonic());
      if (clients_[i].get() != before || clients_[i]->fd() != fd)
        readiness_.add(clients_[i]->fd(), i);  // the old one left by closing
      left_ -= done_[i] ? 1 : 0;
    }
  }

  Duration time_to_deadline() const {
    TimePoint first = monotonic() + kWaitMax;
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      if (!done_[i]) first = std::min(first, clients_[i]->next_deadline().value_or(first));
    }
    return first - monotonic();
  }

  void check_deadlines() {
    const TimePoint now = monotonic();
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      if (done_[i] || clients_[i]->next_deadline().value_or(TimePoint::max()) > now) continue;
      clients_[i]->on_deadline(now);
      advance(i);
    }
  }

  std::span<std::unique_ptr<Client>> clients_;
  const std::function<bool(std::unique_ptr<Client>&, TimePoint)>& next_;
  std::vector<bool> done_;
  std::size_t left_ = clients_.size();
  Readiness readiness_;
};

}  // namespace

void drive(std::span<std::unique_ptr<Client>> clients,
           const std::function<bool(std::unique_ptr<Client>&, TimePoint)>& next) {
  Driver(clients, next).run();
}

void drive_each(Clients& clients, std::size_t at_once,
                const std::function<void(Client&, std::size_t index, TimePoint)>& begin,
                const std::function<std::unique_ptr<Client>(std::size_t index)>& replace) {
  for (std::size_t from = 0; from < clients.size(); from += at_once) {
    const auto batch = std::span(clients).subspan(from, std::min(at_once, clients.size() - from));
    std::vector<int> attempts(batch.size());
    drive(batch, [&](std::unique_ptr<Client>& client, TimePoint now) {
      const auto i = static_cast<std::size_t>(&client - batch.data());
      if (attempts[i] > 0 && client->error().empty()) return false;
      if (attempts[i] > 0) {
        if (!replace || attempts[i] == kAttemptsMax) throw std::runtime_error(client->error());
        client = replace(from + i);
      }
      ++attempts[i];
      begin(*client, from + i, now);
      return true;
    });
  }
}

}  // namespace turnpike::bench
