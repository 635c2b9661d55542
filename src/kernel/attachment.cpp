#include "turnpike/kernel/attachment.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <vector>

namespace turnpike::kernel {
namespace {

// Where filters of this program stand: a priority of its own, and a handle for each process that serves the
// interface.
constexpr std::uint32_t kPriority = 8656;
constexpr std::uint32_t kHandlesMax = 4;

template <class Options>
Options options() {
  Options result{};
  result.sz = sizeof result;
  return result;
}

bpf_tc_hook place_of(Hook hook, std::uint32_t interface) {
  auto place = options<bpf_tc_hook>();
  place.ifindex = static_cast<int>(interface);
  place.attach_point = hook == Hook::local ? BPF_TC_EGRESS : BPF_TC_INGRESS;
  return place;
}

bpf_attach_type link_type(Hook hook) {
  constexpr int kTypes[] = {kTcxIngress, BPF_XDP, kTcxEgress};
  return static_cast<bpf_attach_type>(kTypes[static_cast<std::size_t>(hook)]);
}

bpf_tc_opts filter(std::uint32_t handle) {
  auto filter = options<bpf_tc_opts>();
  filter.handle = handle;
  filter.priority = kPriority;
  return filter;
}

std::string why(int error) { return std::strerror(error < 0 ? -error : error); }

// 0, or the error.
int attach_filter(int program, bpf_tc_hook place, std::uint32_t& handle) {
  if (const int error = bpf_tc_hook_create(&place); error != 0 && error != -EEXIST) return error;
  int error = -EEXIST;
  for (handle = 1; handle <= kHandlesMax && error == -EEXIST; ++handle) {
    bpf_tc_opts wanted = filter(handle);
    wanted.prog_fd = program;
    error = bpf_tc_attach(&place, &wanted);
  }
  --handle;
  return error;
}

void detach_filter(const bpf_tc_hook& place, std::uint32_t handle) {
  const bpf_tc_opts gone = filter(handle);
  bpf_tc_detach(&place, &gone);
}

// Of a program of this kind: the time until which its owner has promised to live. The map of its only global
// variable holds it.
TimePoint promised_life(int program, const bpf_prog_info& info, std::vector<std::uint32_t>& map_ids) {
  map_ids.resize(info.nr_map_ids);
  bpf_prog_info with_maps{};
  with_maps.nr_map_ids = info.nr_map_ids;
  with_maps.map_ids = reinterpret_cast<std::uintptr_t>(map_ids.data());
  std::uint32_t size = sizeof with_maps;
  if (bpf_obj_get_info_by_fd(program, &with_maps, &size) != 0) return TimePoint::max();
  for (const std::uint32_t id : map_ids) {
    const net::FileDescriptor map(bpf_map_get_fd_by_id(id));
    bpf_map_info map_info{};
    size = sizeof map_info;
    if (!map || bpf_obj_get_info_by_fd(map.get(), &map_info, &size) != 0) continue;
    std::uint64_t alive_until_ns = 0;
    const std::uint32_t only = 0;
    const bool is_heartbeat =
        std::string_view(map_info.name).ends_with(".bss") && map_info.value_size == sizeof alive_until_ns;
    if (is_heartbeat && bpf_map_lookup_elem(map.get(), &only, &alive_until_ns) == 0)
      return TimePoint(Duration(alive_until_ns));
  }
  return TimePoint::max();
}

bool is_stale(std::uint32_t program_id, TimePoint now) {
  const net::FileDescriptor program(bpf_prog_get_fd_by_id(program_id));
  bpf_prog_info info{};
  std::uint32_t size = sizeof info;
  if (!program || bpf_obj_get_info_by_fd(program.get(), &info, &size) != 0) return false;
  std::vector<std::uint32_t> map_ids;
  const std::string_view name = info.name;
  return (name == "turnpike_tc" || name == "turnpike_local") &&
         promised_life(program.get(), info, map_ids) <= now;
}

unsigned remove_stale_filters(const bpf_tc_hook& place, TimePoint now) {
  unsigned removed = 0;
  for (std::uint32_t handle = 1; handle <= kHandlesMax; ++handle) {
    bpf_tc_opts found = filter(handle);
    if (bpf_tc_query(&place, &found) != 0 || !is_stale(found.prog_id, now)) continue;
    detach_filter(place, handle);
    ++removed;
  }
  return removed;
}

}  // namespace

Result<std::unique_ptr<Attachment>, std::string> Attachment::open(int program, Hook hook,
                                                                  std::uint32_t interface) {
  std::unique_ptr<Attachment> attachment(new Attachment);
  auto in_driver = options<bpf_link_create_opts>();
  in_driver.flags = XDP_FLAGS_DRV_MODE;
  const bool is_xdp = hook == Hook::xdp;
  attachment->link_ = net::FileDescriptor(
      bpf_link_create(program, static_cast<int>(interface), link_type(hook), is_xdp ? &in_driver : nullptr));
  if (attachment->link_) return attachment;
  const bool is_unknown = errno == EINVAL;  // before Linux 6.6 there are no tcx links
  if (is_xdp || !is_unknown) return why(errno);
  return open_filter(program, hook, interface);
}

Result<std::unique_ptr<Attachment>, std::string> Attachment::open_filter(int program, Hook hook,
                                                                         std::uint32_t interface) {
  std::unique_ptr<Attachment> attachment(new Attachment);
  std::uint32_t handle = 0;
  if (const int error = attach_filter(program, place_of(hook, interface), handle); error != 0)
    return why(error);
  attachment->hook_ = hook;
  attachment->interface_ = interface;
  attachment->handle_ = handle;
  return attachment;
}

Attachment::~Attachment() {
  if (handle_ != 0) detach_filter(place_of(hook_, interface_), handle_);
}

unsigned remove_stale_filters(TimePoint now) {
  unsigned removed = 0;
  const std::unique_ptr<struct if_nameindex, void (*)(struct if_nameindex*)> interfaces(::if_nameindex(),
                                                                                        ::if_freenameindex);
  for (const auto* each = interfaces.get(); each != nullptr && each->if_index != 0; ++each) {
    for (const Hook hook : {Hook::tc, Hook::local})
      removed += remove_stale_filters(place_of(hook, each->if_index), now);
  }
  return removed;
}

}  // namespace turnpike::kernel
