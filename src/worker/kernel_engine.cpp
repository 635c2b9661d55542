#include "turnpike/worker/kernel_engine.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "turnpike/log/log.hpp"
#include "turnpike/net/clock.hpp"

namespace turnpike::worker {
namespace {

constexpr Duration kHeartbeatInterval = kernel::Program::kHeartbeatLife / 5;
constexpr Duration kRestInDoubt = std::chrono::minutes(1), kRestAfterDeath = std::chrono::seconds(5);

constexpr const char* kReset = "somebody had set accept_local of loopback to 0";

// Those that happened.
std::vector<std::string> texts(const std::vector<kernel::EventCount>& events) {
  std::vector<std::string> texts;
  for (const auto& [name, count] : events) {
    if (count != 0) texts.push_back(fmt::format("{}:{}", name, count));
  }
  return texts;
}

TimePoint monotonic_now() { return net::read_clock().monotonic; }

}  // namespace

KernelEngine::Started KernelEngine::start(const KernelEngineOptions& options) {
  if (options.setting == kernel::EngineSetting::sockets) return {nullptr, "relay.engine is sockets"};
  auto program = kernel::Program::load(
      {.flows_max = options.flows_max, .meters_max = options.meters_max, .listener_ports = {}},
      monotonic_now());
  if (!program) {
    if (options.setting == kernel::EngineSetting::kernel)
      throw std::runtime_error(fmt::format("relay.engine: {}", program.error()));
    log::write(log::Event::relay_engine, {{"engine", std::string("sockets")}, {"reason", program.error()}});
    return {nullptr, program.error()};
  }
  std::unique_ptr<KernelEngine> engine(new KernelEngine(options, std::move(*program)));
  engine->follow_interfaces();
  if (const std::string reason =
          kernel::reason_not_to_start(options.setting, engine->serves_clients_elsewhere(), "");
      !reason.empty()) {
    throw std::runtime_error(fmt::format("relay.engine: {}", reason));
  }
  return {std::move(engine), ""};
}

// Before loopback gets packets of this host's own addresses it is told to take them.
std::string KernelEngine::Attacher::attach(kernel::Hook hook, std::uint32_t interface) {
  if (hook != kernel::Hook::local) return program.attach(hook, interface);
  std::string obstacle = local_sources.accept();
  return obstacle.empty() ? program.attach(hook, interface) : obstacle;
}

KernelEngine::KernelEngine(const KernelEngineOptions& options, std::unique_ptr<kernel::Program> program)
    : setting_(options.setting),
      program_(std::move(program)),
      attacher_(*program_),
      helper_(attacher_, options.user) {}

KernelEngine::~KernelEngine() {
  for (const InterfaceEngine& each : choices()) {
    if (each.packets)
      log::write(log::Event::relay_engine_served,
                 {{"interface", each.interface}, {"packets", texts(*each.packets)}});
  }
  log::write(log::Event::relay_engine_ended, {{"packets", texts(packets())}});
}

std::unique_ptr<kernel::FlowTable> KernelEngine::flows(std::uint32_t worker, std::uint32_t workers) const {
  const std::uint32_t share = program_->maps().flows_max / workers;
  return std::make_unique<kernel::FlowTable>(program_->maps(), worker * share, share);
}

bool KernelEngine::serves_clients_elsewhere() const {
  return std::ranges::any_of(served_,
                             [this](std::uint32_t index) { return !choices_.at(index).link.loopback; });
}

std::vector<InterfaceEngine> KernelEngine::choices() const {
  std::vector<InterfaceEngine> choices;
  for (const auto& [index, served] : choices_)
    choices.push_back({served.link.name, served.choice, program_->events().of(index)});
  return choices;
}

void KernelEngine::run(asio::io_context& context, std::function<void(const InterfaceSet&)> on_change) {
  context_ = &context;
  on_change_ = std::move(on_change);
  asio::co_spawn(context, keep_alive(), asio::detached);
  asio::co_spawn(context, watch_helper(), asio::detached);
  const auto on_links = [this] {
    if (interfaces_.on_ready() && follow_interfaces()) tell_workers();
  };
  const auto on_ways = [this] {
    if (next_hops_.on_ready()) on_change_(served_);
  };
  asio::co_spawn(context, watch(interfaces_.fd(), on_links), asio::detached);
  asio::co_spawn(context, watch(next_hops_.fd(), on_ways), asio::detached);
}

void KernelEngine::ask(std::vector<kernel::HopQuestion> questions, Answer answer) {
  asio::post(*context_, [this, questions = std::move(questions), answer = std::move(answer)] {
    answer(next_hops_.answer(questions));
  });
}

// Of interfaces that are served otherwise than before.
void KernelEngine::tell_workers() {
  next_hops_.forget();
  on_change_(served_);
}

// True if other interfaces are served than before, or otherwise. One that looks as it did is not touched:
// some drivers reset their device to attach or to refuse.
bool KernelEngine::follow_interfaces() {
  const auto before = std::exchange(choices_, {});
  const InterfaceSet served_before = std::exchange(served_, {});
  bool changed = false;
  for (const kernel::Link& link : interfaces_.links()) {
    const auto known = before.find(link.index);
    const bool is_new = known == before.end() || known->second.link != link;
    const auto& served = choices_[link.index] = is_new ? Served{link, serve(link), {}} : known->second;
    changed |= is_new;
    if (served.choice.engine != kernel::Engine::sockets) served_.insert(link.index);
    if (known == before.end() || known->second.choice != served.choice) log_choice(served);
  }
  return changed || served_ != served_before;
}

void KernelEngine::log_choice(const Served& served, log::Event event) const {
  const auto& [link, choice, rests_until] = served;
  log::write(event, {{"interface", link.name},
                     {"engine", std::string(to_string(choice.engine))},
                     {"reason", choice.reason}});
}

void KernelEngine::doubt(std::uint32_t interface) {
  asio::post(*context_, [this, interface] { doubts_.insert(interface); });
}

void KernelEngine::leave_to_sockets(Served& served, std::string reason, Duration rest, log::Event event) {
  served.choice = kernel::choose_engine(setting_, served.link, {.tc = std::move(reason), .xdp = ""});
  served.rests_until = monotonic_now() + rest;
  served_.erase(served.link.index);
  log_choice(served, event);
}

// True if fewer interfaces are served than before. Attaching tells only that the program is there: what
// proves it are packets that it has seen. One that it never saw a packet of, though there were some, may
// hand them on by a way that does not lead past the hooks. Nothing passes that of loopback by: what a flow
// expects there and never comes is answers of containers, which the stack turns back first.
bool KernelEngine::settle_doubts() {
  bool changed = false;
  for (const std::uint32_t interface : std::exchange(doubts_, {})) {
    const bool is_idle = setting_ == kernel::EngineSetting::automatic && served_.contains(interface) &&
                         !choices_.at(interface).link.loopback &&
                         !program_->events().has_seen_datagram(interface);
    if (!is_idle) continue;
    std::string reason = "its packets pass the program by";
    if (const std::string failure = helper_.detach(interface); !failure.empty()) reason += "; " + failure;
    leave_to_sockets(choices_.at(interface), std::move(reason), kRestInDoubt);
    changed = true;
  }
  return changed;
}

// True if the helper has died, and with it whatever it had attached.
bool KernelEngine::settle_loss() {
  if (!helper_.has_died()) return false;
  for (auto& [index, served] : choices_) {
    if (served.choice.engine != kernel::Engine::sockets)
      leave_to_sockets(served, "the process that attaches has died", kRestAfterDeath,
                       log::Event::relay_engine_lost);
  }
  return true;
}

// True if fewer interfaces are served than before. What is handed to loopback while it does not take it is
// lost, and only asking tells. Who takes it back again within the time of a rest means it.
bool KernelEngine::settle_local_sources() {
  const auto local = choices_.find(kernel::kLoopback);
  if (local == choices_.end() || !served_.contains(kernel::kLoopback)) return false;
  if (kernel::accepts_local_sources(questions_).value_or(true)) return false;
  Served& served = local->second;
  const TimePoint now = monotonic_now();
  const bool is_meant = local_sources_refused_ && now < *local_sources_refused_ + kRestInDoubt;
  local_sources_refused_ = now;
  const std::string failure = helper_.attach(kernel::Hook::local, kernel::kLoopback);
  if (is_meant || !failure.empty()) {
    leave_to_sockets(served, failure.empty() ? fmt::format("{}, twice in a minute", kReset) : failure,
                     kRestInDoubt);
    return true;
  }
  served.choice.reason = fmt::format("{}; it is 1 again", kReset);
  log_choice(served);
  return false;
}

// True if more interfaces are served than before.
bool KernelEngine::serve_rested() {
  bool changed = false;
  for (auto& [index, served] : choices_) {
    if (!served.rests_until || monotonic_now() < *served.rests_until) continue;
    served.rests_until.reset();
    const auto choice = serve(served.link);
    if (choice.engine == kernel::Engine::sockets) {
      served.rests_until = monotonic_now() + kRestInDoubt;
    } else {
      served_.insert(index);
      changed = true;
    }
    const auto event = helper_.is_there() ? log::Event::relay_engine : log::Event::relay_engine_lost;
    if (std::exchange(served.choice, choice) != choice) log_choice(served, event);
  }
  return changed;
}

// XDP is tried once tc is there, which takes what XDP passes.
kernel::EngineChoice KernelEngine::serve(const kernel::Link& link) {
  kernel::Obstacles obstacles;
  obstacles.tc = helper_.detach(link.index);
  const auto wanted = kernel::choose_engine(setting_, link, obstacles);
  if (wanted.engine == kernel::Engine::sockets) return wanted;
  obstacles.tc = helper_.attach(link.loopback ? kernel::Hook::local : kernel::Hook::tc, link.index);
  if (obstacles.tc.empty() && wanted.engine == kernel::Engine::xdp)
    obstacles.xdp = helper_.attach(kernel::Hook::xdp, link.index);
  return kernel::choose_engine(setting_, link, obstacles);
}

asio::awaitable<void> KernelEngine::keep_alive() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (true) {
    program_->heartbeat(monotonic_now());
    const bool has_lost = settle_loss(), is_doubted = settle_doubts(), is_refused = settle_local_sources();
    const bool has_rested = serve_rested();
    if (has_lost || is_doubted || is_refused || has_rested) tell_workers();
    if (next_hops_.look_again()) on_change_(served_);
    timer.expires_after(kHeartbeatInterval);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

asio::awaitable<void> KernelEngine::watch_helper() {
  asio::posix::stream_descriptor events(co_await asio::this_coro::executor, ::dup(helper_.fd()));
  while (helper_.is_there()) {
    co_await events.async_wait(asio::posix::descriptor_base::wait_read, asio::use_awaitable);
    if (settle_loss()) tell_workers();
  }
}

asio::awaitable<void> KernelEngine::watch(int fd, std::function<void()> on_ready) {
  // Of its own, for it closes what it is given.
  asio::posix::stream_descriptor events(co_await asio::this_coro::executor, ::dup(fd));
  while (true) {
    co_await events.async_wait(asio::posix::descriptor_base::wait_read, asio::use_awaitable);
    on_ready();
  }
}

}  // namespace turnpike::worker
