// Workers whose turns the test takes; while clients make themselves ready, a thread does.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "shell/support.hpp"
#include "turnpike/log/log.hpp"
#include "turnpike/worker/policies.hpp"

namespace turnpike::worker {

using namespace shell;

// Strangers have all the time that they use, unless the test says otherwise.
class SteppedServer {
 public:
  explicit SteppedServer(std::uint32_t workers = 1, TimeShare time_of_strangers = {1, {}, {}}) {
    log::open({log::Level::error, log::Format::text, ""});
    auto listeners = path::open_listeners(config_.listen, workers);
    for (std::uint32_t i = 0; i < workers; ++i) {
      turn::ServerOptions options;
      options.worker = i;
      const Shared shared{ledger_, meters_, connections_, reserved_, {}, time_of_strangers};
      workers_.push_back(std::make_unique<Worker>(options, authenticator_, policies(), shared,
                                                  std::move(listeners[i]), tls_));
    }
  }

  const config::ListenConfig& listen() const { return config_.listen; }
  std::size_t size() const { return workers_.size(); }
  // A turn of a worker that has something to do, or is woken to have none.
  void run_once(std::size_t worker = 0) {
    wake(*workers_[worker]);
    workers_[worker]->run_once();
  }
  void run_while(const std::function<void()>& others_act) {
    std::atomic<bool> acting = true;
    std::vector<std::thread> threads;
    for (const auto& worker : workers_) {
      threads.emplace_back([&acting, &worker = *worker] {
        while (acting) worker.run_once();
      });
    }
    others_act();
    acting = false;
    for (const auto& worker : workers_) wake(*worker);
    for (std::thread& thread : threads) thread.join();
  }

 private:
  static void wake(Worker& worker) {
    worker.read_counters([](const Counters&) {});
  }
  turn::Policies policies() { return make_policies(config_, ledger_, {}); }
  turn::LedgerOptions ledger_options() const {
    turn::LedgerOptions options;
    options.addresses = config_.relay.addresses;
    return options;
  }

  TemporaryFolder folder_;
  config::Config config_ = loopback_config();
  ReservedSockets reserved_;
  turn::Ledger ledger_{ledger_options()};
  relay::Meters meters_{0, 0};
  path::ConnectionLimiter connections_{{}};
  turn::Authenticator authenticator_{"turnpike", turn::NonceFactory({}, std::chrono::hours(1)),
                                     config_.credentials.check_expiry};
  std::shared_ptr<const net::TlsContext> tls_ =
      std::make_shared<net::TlsContext>(make_certificate(folder_, 1));
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace turnpike::worker
