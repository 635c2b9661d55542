#include "turnpike/path/listeners.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "turnpike/log/log.hpp"
#include "turnpike/net/frame_filter.hpp"
#include "turnpike/net/sockaddr.hpp"

namespace turnpike::path {
namespace {

constexpr int kListenerBufferBytes = 8 << 20;
// An IPv6 wildcard is bound for IPv4 as well. Where an IPv4 wildcard has the port, that one gets it all, for
// the kernel prefers sockets of the packet's own family; and when a reload closes that one, the other is
// there.
constexpr bool kV6Only = false;
constexpr std::string_view kNotHere =
    ": this host does not have it; behind 1:1 NAT relay.external says which one it has instead";

bool means_no_such_family(const boost::system::error_code& error) {
  namespace errc = boost::system::errc;
  return error == errc::address_family_not_supported || error == errc::address_not_available;
}

// Throws, unless the wildcard of a missing family may be left out: then false.
bool judge(const WantedListener& wanted, const boost::system::error_code& error) {
  if (!error) return true;
  const std::string address = wanted.configured.to_string();
  if (!net::is_wildcard(wanted.configured.address) || !means_no_such_family(error)) {
    const std::string_view hint = error == boost::system::errc::address_not_available ? kNotHere : "";
    throw std::runtime_error(fmt::format("{}: {}: {}{}", wanted.key, address, error.message(), hint));
  }
  log::write(log::Event::listener_left_out,
             {{"key", std::string(wanted.key)}, {"address", address}, {"reason", error.message()}});
  return false;
}

boost::system::error_code add_udp(net::UdpSocket socket, Listeners& out) {
  const auto error = net::drop_all_but_frames(socket.fd());
  if (!error) out.udp.push_back(std::move(socket));
  return error;
}

boost::system::error_code open_udp(const WantedListener& wanted, bool reuse_port, Listeners& out) {
  auto socket = net::UdpSocket::open({.local = wanted.configured,
                                      .reuse_port = reuse_port,
                                      .v6_only = kV6Only,
                                      .gro = out.gro,
                                      .buffer_bytes = kListenerBufferBytes});
  if (!socket) return socket.error();
  return add_udp(std::move(*socket), out);
}

boost::system::error_code open_stream(const WantedListener& wanted, bool reuse_port, Listeners& out) {
  auto socket =
      net::Listener::open({.local = wanted.configured, .reuse_port = reuse_port, .v6_only = kV6Only});
  if (!socket) return socket.error();
  out.streams.push_back({std::move(*socket), wanted.transport});
  return {};
}

std::optional<net::Unfit> adopt_udp(net::FileDescriptor fd, Listeners& out) {
  auto socket = net::UdpSocket::adopt(std::move(fd), {.gro = out.gro, .buffer_bytes = kListenerBufferBytes});
  if (!socket) return socket.error();
  return add_udp(std::move(*socket), out) ? std::optional(net::Unfit::not_set_up) : std::nullopt;
}

std::optional<net::Unfit> adopt_stream(Inherited inherited, Listeners& out) {
  auto socket = net::Listener::adopt(std::move(inherited.fd));
  if (!socket) return socket.error();
  out.streams.push_back({std::move(*socket), inherited.transport});
  return std::nullopt;
}

bool open(const WantedListener& wanted, bool reuse_port, Listeners& out) {
  return judge(wanted, is_stream(wanted.transport) ? open_stream(wanted, reuse_port, out)
                                                   : open_udp(wanted, reuse_port, out));
}

// With SO_REUSEPORT the kernel would let us share the port with another server of the same user. Where we
// have it ourselves, be it by a wildcard, nobody can be asked; but nobody shared it when we opened it, and
// whoever has it by now is of our user and means it.
bool open_alone(const WantedListener& wanted, const std::vector<OpenListener>& ours) {
  if (std::ranges::any_of(ours, [&](const OpenListener& each) { return overlap(wanted, each); })) return true;
  Listeners closed_at_once;
  return open(wanted, false, closed_at_once);
}

Endpoint local_of_last(Transport transport, const Listeners& listeners) {
  return is_stream(transport) ? listeners.streams.back().socket.local() : listeners.udp.back().local();
}

void hand_over(const Listeners& listeners, const net::User& owner) {
  for (const net::UdpSocket& socket : listeners.udp) net::hand_over(socket.fd(), owner);
  for (const StreamListener& each : listeners.streams) net::hand_over(each.socket.fd(), owner);
}

}  // namespace

ListenersOfAll open_listeners(const std::vector<OpenListener>& open_now, const config::ListenConfig& config,
                              const ListenerOptions& options) {
  ListenerPlan plan = plan_listeners(open_now, config);
  // All of them before the first that stays, for a wildcard and an address of it may have the same port.
  std::erase_if(plan.wanted,
                [&](const WantedListener& wanted) { return !wanted.local && !open_alone(wanted, open_now); });
  ListenersOfAll all;
  const auto closed_together = std::make_shared<ClosedTogether>();
  for (std::uint32_t i = 0; i < options.workers; ++i) {
    ListenerChange& change = all.changes.emplace_back();
    change.closed = plan.closed;
    change.turned = plan.turned;
    change.closed_together = closed_together;
    change.opened.gro = options.gro;
    change.opened.balancers = config.proxy_protocol;
  }
  for (WantedListener& wanted : plan.wanted) {
    if (!wanted.local) {
      for (ListenerChange& change : all.changes) open(wanted, true, change.opened);
      wanted.local = local_of_last(wanted.transport, all.changes.front().opened);
    }
    all.open.push_back({wanted.configured, {wanted.transport, *wanted.local}});
  }
  if (options.owner) {
    for (const ListenerChange& change : all.changes) hand_over(change.opened, *options.owner);
  }
  return all;
}

std::vector<Listeners> open_listeners(const config::ListenConfig& config, std::uint32_t workers, bool gro) {
  auto all = open_listeners({}, config, {.workers = workers, .gro = gro});
  std::vector<Listeners> listeners;
  for (ListenerChange& change : all.changes) listeners.push_back(std::move(change.opened));
  return listeners;
}

Result<Listeners, NotInherited> adopt_listeners(std::vector<Inherited> sockets, bool gro) {
  Listeners listeners;
  listeners.gro = gro;
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    Inherited& each = sockets[i];
    const auto unfit = is_stream(each.transport) ? adopt_stream(std::move(each), listeners)
                                                 : adopt_udp(std::move(each.fd), listeners);
    if (unfit) return NotInherited{i, *unfit};
  }
  return listeners;
}

std::vector<std::string> names_of(const Listeners& listeners) {
  std::vector<std::string> names;
  for (const net::UdpSocket& socket : listeners.udp)
    names.push_back(to_string({Transport::udp, socket.local()}));
  for (const StreamListener& each : listeners.streams)
    names.push_back(to_string({each.transport, each.socket.local()}));
  return names;
}

std::vector<std::string> names_of(const std::vector<OpenListener>& listeners) {
  std::vector<std::string> names;
  for (const OpenListener& each : listeners) names.push_back(to_string(each.name));
  return names;
}

}  // namespace turnpike::path
