#include "turnpike/kernel/program.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <new>
#include <span>

#include "layout.h"
#include "turnpike.skel.h"
#include "turnpike/kernel/capabilities.hpp"

namespace turnpike::kernel {
namespace {

struct KernelVersion {
  int major = 0, minor = 0;
  auto operator<=>(const KernelVersion&) const = default;
};
constexpr KernelVersion kOldest{
    6, 1};  // bpf_xdp_store_bytes() and maps that the owner may use without privileges
constexpr KernelVersion kTcxLinks{6, 6};

KernelVersion kernel_version() {
  utsname names{};
  KernelVersion version;
  ::uname(&names);
  std::sscanf(names.release, "%d.%d", &version.major, &version.minor);
  return version;
}

void (*debug_sink)(std::string_view) = nullptr;

int print_to_sink(libbpf_print_level, const char* format, va_list arguments) {
  if (debug_sink == nullptr) return 0;
  char line[1024];
  const int size = std::vsnprintf(line, sizeof line, format, arguments);
  debug_sink(std::string_view(line, static_cast<std::size_t>(std::clamp<int>(size, 0, sizeof line - 1))));
  return size;
}

static_assert(kKernelEngineCapabilities == (1ULL << CAP_BPF | 1ULL << CAP_NET_ADMIN | 1ULL << CAP_PERFMON));

std::string load_error(int error) {
  const bool is_refusal = error == -EACCES || error == -EINVAL;
  return is_refusal ? "the kernel refused the engine's program"
                    : std::string("the engine's program was not loaded: ") + std::strerror(-error);
}

int set_up(turnpike_bpf& skeleton, const ProgramOptions& options, std::uint32_t cpus) {
  skeleton.rodata->flows_max = options.flows_max;
  const struct {
    bpf_map* map;
    std::uint32_t entries;
  } sizes[] = {{skeleton.maps.flows, options.flows_max},
               {skeleton.maps.slots, options.flows_max},
               {skeleton.maps.stats, cpus * options.flows_max},
               {skeleton.maps.user_budgets, options.meters_max + 1},
               {skeleton.maps.room_budgets, options.meters_max + 1},
               {skeleton.maps.events, cpus * kEventRows}};
  for (const auto& [map, entries] : sizes) {
    if (const int error = bpf_map__set_max_entries(map, entries); error != 0) return error;
  }
  if (kernel_version() >= kTcxLinks) {
    bpf_program__set_expected_attach_type(skeleton.progs.turnpike_tc,
                                          static_cast<bpf_attach_type>(kTcxIngress));
    bpf_program__set_expected_attach_type(skeleton.progs.turnpike_local,
                                          static_cast<bpf_attach_type>(kTcxEgress));
  }
  return turnpike_bpf__load(&skeleton);
}

std::size_t size_of(const bpf_map* map) {
  return std::size_t{bpf_map__max_entries(map)} * bpf_map__value_size(map);
}

template <class Value>
bool map_memory(const bpf_map* map, Value*& memory) {
  void* mapped = ::mmap(nullptr, size_of(map), PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
  if (mapped == MAP_FAILED) return false;
  memory = static_cast<Value*>(mapped);
  return true;
}

void unmap_memory(const bpf_map* map, void* memory) {
  if (memory != nullptr) ::munmap(memory, size_of(map));
}

template <class Value>
bool map_span(const bpf_map* map, std::span<Value>& span) {
  Value* memory = nullptr;
  if (!map_memory(map, memory)) return false;
  span = {memory, bpf_map__max_entries(map)};
  return true;
}

static_assert(sizeof(relay::UserBudget) == sizeof(UserBudget) &&
              offsetof(relay::UserBudget, room) == offsetof(UserBudget, room) &&
              offsetof(relay::UserBudget, share) == offsetof(UserBudget, share) &&
              offsetof(relay::UserBudget, taken) == offsetof(UserBudget, taken));
static_assert(sizeof(relay::RoomBudget) == sizeof(RoomBudget) &&
              offsetof(relay::RoomBudget, share) == offsetof(RoomBudget, share) &&
              offsetof(relay::RoomBudget, taken) == offsetof(RoomBudget, taken));
static_assert(relay::kWhole == relay::Share{kShareWhole});
static_assert(sizeof(relay::ByteRates) == sizeof turnpike_bpf{}.data_rates->byte_rates);

bool map_budgets(turnpike_bpf& skeleton, relay::BudgetMemory& budgets) {
  budgets.rates = reinterpret_cast<relay::ByteRates*>(&skeleton.data_rates->byte_rates);
  return map_span(skeleton.maps.user_budgets, budgets.users) &&
         map_span(skeleton.maps.room_budgets, budgets.rooms);
}

}  // namespace

std::string Program::obstacle() {
  if (kernel_version() < kOldest) return "the kernel engine needs Linux 6.1 or newer";
  if ((net::effective_capabilities() & kKernelEngineCapabilities) != kKernelEngineCapabilities) {
    return "the kernel engine needs the capabilities CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON";
  }
  return "";
}

Result<std::unique_ptr<Program>, std::string> Program::load(const ProgramOptions& options, TimePoint now) {
  debug_sink = options.debug;
  libbpf_set_print(print_to_sink);
  if (std::string reason = obstacle(); !reason.empty()) return reason;
  std::unique_ptr<Program> program(new Program);
  program->skeleton_ = turnpike_bpf__open();
  if (program->skeleton_ == nullptr) return load_error(-errno);
  turnpike_bpf& skeleton = *program->skeleton_;
  FlowMaps& maps = program->maps_;
  maps.flows_max = options.flows_max;
  maps.cpus = static_cast<std::uint32_t>(libbpf_num_possible_cpus());
  if (const int error = set_up(skeleton, options, maps.cpus); error != 0) return load_error(error);
  maps.flows = bpf_map__fd(skeleton.maps.flows);
  if (!map_memory(skeleton.maps.slots, maps.slots) || !map_memory(skeleton.maps.stats, maps.stats) ||
      !map_span(skeleton.maps.events, program->event_counts_) ||
      !map_span(skeleton.maps.event_rows, program->event_row_numbers_) ||
      !map_budgets(skeleton, maps.budgets)) {
    return load_error(-errno);
  }
  program->events_ = EventRows(program->event_row_numbers_, program->event_counts_, maps.cpus);
  remove_stale_filters(now);
  program->set_listener_ports(options.listener_ports);
  program->heartbeat(now);
  return program;
}

Program::~Program() {
  attachments_.clear();
  if (skeleton_ == nullptr) return;
  unmap_memory(skeleton_->maps.slots, maps_.slots);
  unmap_memory(skeleton_->maps.stats, maps_.stats);
  unmap_memory(skeleton_->maps.events, event_counts_.data());
  unmap_memory(skeleton_->maps.event_rows, event_row_numbers_.data());
  unmap_memory(skeleton_->maps.user_budgets, maps_.budgets.users.data());
  unmap_memory(skeleton_->maps.room_budgets, maps_.budgets.rooms.data());
  turnpike_bpf__destroy(skeleton_);
}

std::string Program::attach(Hook hook, std::uint32_t interface) {
  auto& place = attachments_[{interface, hook}];
  place.reset();
  auto attachment = Attachment::open(descriptor(hook), hook, interface);
  if (!attachment) return attachment.error();
  place = std::move(*attachment);
  events_.give(interface);
  return "";
}

void Program::detach(std::uint32_t interface) {
  for (const Hook hook : kAllHooks) attachments_.erase({interface, hook});
  events_.take_back(interface);
}

void Program::heartbeat(TimePoint now) {
  skeleton_->bss->alive_until_ns = static_cast<__u64>((now + kHeartbeatLife).time_since_epoch().count());
}

// Byte for byte, so that a port which stays is there all the time.
void Program::set_listener_ports(std::span<const std::uint16_t> ports) {
  std::array<std::uint8_t, sizeof skeleton_->data_ports->listener_ports> bits{};
  for (const std::uint16_t port : ports) bits[port / 8] |= static_cast<std::uint8_t>(1 << port % 8);
  std::ranges::copy(bits, std::begin(skeleton_->data_ports->listener_ports));
}

std::uint32_t Program::flow_count() const {
  const std::span slots(maps_.slots, maps_.flows_max);
  const auto is_live = [](FlowSlot& slot) {
    return std::atomic_ref(slot.deadline_ns).load(std::memory_order_relaxed) != 0;
  };
  return static_cast<std::uint32_t>(std::ranges::count_if(slots, is_live));
}

int Program::descriptor(Hook hook) const {
  const auto& programs = skeleton_->progs;
  const bpf_program* const by_hook[] = {programs.turnpike_tc, programs.turnpike_xdp, programs.turnpike_local};
  return bpf_program__fd(by_hook[static_cast<std::size_t>(hook)]);
}

}  // namespace turnpike::kernel
