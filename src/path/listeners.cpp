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
constexpr std::string_view kNotHere =
    ": this host does not have it; behind 1:1 NAT relay.external says which one it has instead";

// Where a socket is to be, and for which key.
struct Place {
  std::string_view key;
  Transport transport;
  Endpoint local;
  bool v6_only = true;
};

std::vector<Place> places_of(const config::ListenConfig& config) {
  std::vector<Place> places;
  for (const Endpoint& local : config.udp) places.push_back({"listen.udp", Transport::udp, local});
  for (const Endpoint& local : config.tcp) places.push_back({"listen.tcp", Transport::tcp, local});
  for (const Endpoint& local : config.tls) places.push_back({"listen.tls", Transport::tls, local});
  return places;
}

// [::] takes IPv4 too where nobody else does.
bool is_v6_only(const Place& place, const std::vector<Place>& all) {
  return std::ranges::any_of(all, [&](const Place& other) {
    const bool same_kind = is_stream(other.transport) == is_stream(place.transport);
    return same_kind && other.local.address.is_v4() && net::is_wildcard(other.local.address) &&
           other.local.port == place.local.port;
  });
}

bool means_no_such_family(const boost::system::error_code& error) {
  namespace errc = boost::system::errc;
  return error == errc::address_family_not_supported || error == errc::address_not_available;
}

// Throws, unless the wildcard of a missing family may be left out: then false.
bool judge(const Place& place, const boost::system::error_code& error) {
  if (!error) return true;
  const std::string address = place.local.to_string();
  if (!net::is_wildcard(place.local.address) || !means_no_such_family(error)) {
    const std::string_view hint = error == boost::system::errc::address_not_available ? kNotHere : "";
    throw std::runtime_error(fmt::format("{}: {}: {}{}", place.key, address, error.message(), hint));
  }
  log::write(log::Event::listener_left_out,
             {{"key", std::string(place.key)}, {"address", address}, {"reason", error.message()}});
  return false;
}

boost::system::error_code add_udp(net::UdpSocket socket, Listeners& out) {
  const auto error = net::drop_all_but_frames(socket.fd());
  if (!error) out.udp.push_back(std::move(socket));
  return error;
}

boost::system::error_code open_udp(const Place& place, bool reuse_port, Listeners& out) {
  auto socket = net::UdpSocket::open({.local = place.local,
                                      .reuse_port = reuse_port,
                                      .v6_only = place.v6_only,
                                      .gro = out.gro,
                                      .buffer_bytes = kListenerBufferBytes});
  if (!socket) return socket.error();
  return add_udp(std::move(*socket), out);
}

boost::system::error_code open_stream(const Place& place, bool reuse_port, Listeners& out) {
  auto socket =
      net::Listener::open({.local = place.local, .reuse_port = reuse_port, .v6_only = place.v6_only});
  if (!socket) return socket.error();
  out.streams.push_back({std::move(*socket), place.transport});
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

bool open(const Place& place, bool reuse_port, Listeners& out) {
  return judge(place, is_stream(place.transport) ? open_stream(place, reuse_port, out)
                                                 : open_udp(place, reuse_port, out));
}

// With SO_REUSEPORT the kernel would let us share the port with another server of the same user.
bool open_alone(const Place& place) {
  Listeners closed_at_once;
  return open(place, false, closed_at_once);
}

}  // namespace

std::vector<Listeners> open_listeners(const config::ListenConfig& config, std::uint32_t workers, bool gro) {
  std::vector<Place> places = places_of(config);
  for (Place& place : places) place.v6_only = is_v6_only(place, places);
  // All of them before the first that stays, for a wildcard and an address of it may have the same port.
  std::erase_if(places, [](const Place& place) { return !open_alone(place); });
  std::vector<Listeners> result(workers);
  for (Listeners& worker : result) {
    worker.gro = gro;
    worker.balancers = config.proxy_protocol;
  }
  for (const Place& place : places) {
    for (Listeners& worker : result) open(place, true, worker);
  }
  return result;
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
  const auto name = [](Transport transport, const Endpoint& local) {
    return fmt::format("{}:{}", to_string(transport), local.to_string());
  };
  std::vector<std::string> names;
  for (const net::UdpSocket& socket : listeners.udp) names.push_back(name(Transport::udp, socket.local()));
  for (const StreamListener& each : listeners.streams)
    names.push_back(name(each.transport, each.socket.local()));
  return names;
}

}  // namespace turnpike::path
