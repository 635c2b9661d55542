#include "turnpike/app/listeners.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "turnpike/app/log.hpp"

namespace turnpike::app {
namespace {

constexpr int kListenerBufferBytes = 8 << 20;

bool is_wildcard(const Endpoint& endpoint) {
  return std::ranges::all_of(endpoint.address.wire(), [](std::uint8_t byte) { return byte == 0; });
}

// [::] takes IPv4 too where nobody else does.
bool is_v6_only(const Endpoint& local, const std::vector<Endpoint>& all) {
  return std::ranges::any_of(
      all, [&](const Endpoint& other) { return other.address.is_v4() && is_wildcard(other) && other.port == local.port; });
}

bool means_no_such_family(const boost::system::error_code& error) {
  namespace errc = boost::system::errc;
  return error == errc::address_family_not_supported || error == errc::address_not_available;
}

// Throws, unless the wildcard of a missing family may be left out: then false.
bool judge(std::string_view key, const Endpoint& local, const boost::system::error_code& error) {
  if (!error) return true;
  if (!is_wildcard(local) || !means_no_such_family(error)) {
    throw std::runtime_error(fmt::format("{}: {}: {}", key, local.to_string(), error.message()));
  }
  log_event(LogLevel::warning, "listener_left_out", {{"key", std::string(key)}, {"address", local.to_string()}, {"reason", error.message()}});
  return false;
}

struct StreamKey {
  std::string_view name;
  std::vector<Endpoint> ListenConfig::*list;
  Transport transport;
};
constexpr StreamKey kStreamKeys[] = {{"listen.tcp", &ListenConfig::tcp, Transport::tcp}, {"listen.tls", &ListenConfig::tls, Transport::tls}};

void open_udp(const Endpoint& local, bool v6_only, std::vector<Listeners>& workers) {
  net::UdpOptions options;
  options.local = local;
  options.v6_only = v6_only;
  options.buffer_bytes = kListenerBufferBytes;
  // First alone: with SO_REUSEPORT the kernel would let us share the port with another server of the same user.
  if (const auto alone = net::UdpSocket::open(options); !judge("listen.udp", local, alone ? boost::system::error_code{} : alone.error())) return;
  options.reuse_port = true;
  for (Listeners& worker : workers) {
    auto socket = net::UdpSocket::open(options);
    if (judge("listen.udp", local, socket ? boost::system::error_code{} : socket.error())) worker.udp.push_back(std::move(*socket));
  }
}

void open_stream(const StreamKey& key, const Endpoint& local, bool v6_only, std::vector<Listeners>& workers) {
  net::ListenOptions options;
  options.local = local;
  options.v6_only = v6_only;
  if (const auto alone = net::Listener::open(options); !judge(key.name, local, alone ? boost::system::error_code{} : alone.error())) return;
  options.reuse_port = true;
  for (Listeners& worker : workers) {
    auto socket = net::Listener::open(options);
    if (judge(key.name, local, socket ? boost::system::error_code{} : socket.error())) {
      worker.streams.push_back({std::move(*socket), key.transport});
    }
  }
}

}  // namespace

std::vector<Listeners> open_listeners(const ListenConfig& config, std::uint32_t workers) {
  std::vector<Listeners> result(workers);
  for (const Endpoint& local : config.udp) open_udp(local, is_v6_only(local, config.udp), result);
  for (const StreamKey& key : kStreamKeys) {
    const auto& list = config.*key.list;
    for (const Endpoint& local : list) open_stream(key, local, is_v6_only(local, list), result);
  }
  return result;
}

}  // namespace turnpike::app
