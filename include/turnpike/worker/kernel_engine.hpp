// The kernel engine of the process: its program, the interfaces that it serves, and the helper that
// attaches it to them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "turnpike/base/time.hpp"
#include "turnpike/kernel/attach_helper.hpp"
#include "turnpike/kernel/engine_choice.hpp"
#include "turnpike/kernel/facing_routes.hpp"
#include "turnpike/kernel/flow_table.hpp"
#include "turnpike/kernel/interface_watch.hpp"
#include "turnpike/kernel/local_sources.hpp"
#include "turnpike/kernel/next_hops.hpp"
#include "turnpike/kernel/program.hpp"
#include "turnpike/log/event.hpp"
#include "turnpike/net/asio.hpp"
#include "turnpike/worker/engine_report.hpp"

namespace turnpike::worker {

namespace asio = boost::asio;

using InterfaceSet = std::set<std::uint32_t>;  // indices of network interfaces

// What the kernel engine is started with.
struct KernelEngineOptions {
  kernel::EngineSetting setting = kernel::EngineSetting::automatic;
  std::uint32_t flows_max = 0;
  std::uint32_t meters_max = 0;   // users and rooms that can have a byte budget
  std::optional<net::User> user;  // user of the helper process; nullopt: that of this process
};

// Runs the in-kernel relay engine of the process, on the main thread. The log names for each interface the
// engine that serves it, and why. If the helper dies, the sockets relay for some seconds, until another
// helper has attached the program again.
class KernelEngine {
 public:
  // The result of start().
  struct Started {
    std::unique_ptr<KernelEngine> engine;  // null if the sockets relay everything
    std::string obstacle;                  // why the kernel engine does not run; empty if it does
  };
  // Loads the kernel program and forks the helper that attaches it. Call it while the process has one thread,
  // before it opens sockets. Throws std::runtime_error with one line if the setting demands the kernel engine
  // and it cannot run.
  static Started start(const KernelEngineOptions& options);
  ~KernelEngine();
  KernelEngine(const KernelEngine&) = delete;
  KernelEngine& operator=(const KernelEngine&) = delete;

  // Returns the flow slots of worker `worker`: an equal share of all slots.
  std::unique_ptr<kernel::FlowTable> flows(std::uint32_t worker, std::uint32_t workers) const;
  // Returns the channels that lead to each other's relays, of all workers; thread-safe.
  kernel::FacingRoutes& facing() { return facing_; }
  // Returns the byte budgets that the kernel program takes from, for the sockets to share.
  const relay::BudgetMemory& budgets() const { return program_->maps().budgets; }
  // Sets the local UDP ports to which clients send; they replace those of the call before.
  void set_listener_ports(const std::vector<std::uint16_t>& ports) { program_->set_listener_ports(ports); }
  // Returns the interfaces on which the kernel relays.
  const InterfaceSet& served() const { return served_; }
  // Returns the choice for every interface of the host, whichever engine serves it.
  std::vector<InterfaceEngine> choices() const;
  std::uint32_t flow_count() const { return program_->flow_count(); }
  // Returns what became of the packets that the program saw on all interfaces.
  std::vector<kernel::EventCount> packets() const { return program_->events().all(); }
  // Keeps the program alive and follows the network for as long as the context runs. Calls `on_change` with
  // served() whenever that set changes, and also when the routes or neighbours of the host have changed. Call
  // it once; doubt() and ask() need it.
  void run(asio::io_context& context, std::function<void(const InterfaceSet&)> on_change);
  // Reports, from any thread after run(), that flows of several clients should see packets on this interface
  // but see none. With `auto`, the engine leaves the interface to the sockets for one minute, starting within
  // a second, unless the program has seen packets on the interface.
  void doubt(std::uint32_t interface);
  // Looks up the next hops on the main thread, where the kernel may make it wait. May be called from any
  // thread after run(); `answer` is called on the main thread.
  using Answer = std::function<void(std::vector<kernel::HopAnswer>)>;
  void ask(std::vector<kernel::HopQuestion> questions, Answer answer);

 private:
  // What the helper does with its copy of the program.
  struct Attacher final : kernel::Attacher {
    explicit Attacher(kernel::Program& wanted) : program(wanted) {}
    std::string attach(kernel::Hook hook, std::uint32_t interface) override;
    void detach(std::uint32_t interface) override { program.detach(interface); }
    // Only now: what is handed to loopback until then has to arrive.
    void end() override { local_sources.restore(); }
    kernel::Program& program;
    kernel::LocalSources local_sources;
  };

  struct Served {
    kernel::Link link;
    kernel::EngineChoice choice;
    std::optional<TimePoint> rests_until;  // it was left to the sockets for a while
  };

  KernelEngine(const KernelEngineOptions& options, std::unique_ptr<kernel::Program> program);

  bool serves_clients_elsewhere() const;
  bool follow_interfaces();
  void log_choice(const Served& served, log::Event event = log::Event::relay_engine) const;
  void leave_to_sockets(Served& served, std::string reason, Duration rest,
                        log::Event event = log::Event::relay_engine);
  bool settle_doubts();
  bool settle_loss();
  bool settle_local_sources();
  bool serve_rested();
  kernel::EngineChoice serve(const kernel::Link& link);
  void tell_workers();
  asio::awaitable<void> keep_alive();
  asio::awaitable<void> watch_helper();
  asio::awaitable<void> watch(int fd, std::function<void()> on_ready);

  kernel::EngineSetting setting_;
  std::unique_ptr<kernel::Program> program_;
  Attacher attacher_;
  kernel::AttachHelper helper_;
  kernel::InterfaceWatch interfaces_;
  kernel::NextHops next_hops_;
  kernel::NetlinkSocket questions_;
  kernel::FacingRoutes facing_;                     // of all workers
  std::optional<TimePoint> local_sources_refused_;  // when somebody last told loopback to
  std::map<std::uint32_t, Served> choices_;         // by index
  InterfaceSet served_;
  InterfaceSet doubts_;
  asio::io_context* context_ = nullptr;
  std::function<void(const InterfaceSet&)> on_change_;
};

}  // namespace turnpike::worker
