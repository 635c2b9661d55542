#include "turnpike/probe/obstacle.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

namespace turnpike::probe {
namespace {

namespace errors = boost::asio::error;

// "TCP 192.0.2.1:5349": TLS is spoken over TCP, and that is what firewalls know.
std::string place(Transport transport, const Endpoint& server) {
  return fmt::format("{} {}", is_stream(transport) ? "TCP" : "UDP", server.to_string());
}

bool is_closed(const boost::system::error_code& error) {
  return error == errors::eof || error == errors::connection_reset || error == errors::broken_pipe ||
         error == boost::asio::ssl::error::stream_truncated;
}

bool is_no_tls(const boost::system::error_code& error) {
  return error.category() == errors::get_ssl_category() &&
         ERR_GET_REASON(static_cast<unsigned long>(error.value())) == SSL_R_WRONG_VERSION_NUMBER;
}

}  // namespace

std::string obstacle(Transport transport, const Endpoint& server, Stage stage,
                     const boost::system::error_code& error) {
  const std::string where = place(transport, server);
  if (error == errors::connection_refused)
    return fmt::format("nothing listens at {} (connection refused)", where);
  if (error == errors::timed_out) return silence(transport, server, stage);
  if (error == errors::host_unreachable || error == errors::network_unreachable ||
      error == errors::address_family_not_supported)
    return fmt::format("this host has no way to {} ({})", where, error.message());
  if (is_no_tls(error)) return fmt::format("what listens at {} does not speak TLS", where);
  if (is_closed(error) && stage == Stage::handshake)
    return fmt::format("{} was closed in the TLS handshake: there is no TLS, or a PROXY header is expected",
                       where);
  if (is_closed(error)) return fmt::format("the server closed {}", where);
  return fmt::format("{}: {}", where, error.message());
}

std::string_view certificate_hint(long verdict) {
  switch (verdict) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: return " (--ca names the authority to trust)";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return " (the server does not send its chain, or --ca has to name the authority)";
    case X509_V_ERR_HOSTNAME_MISMATCH: return " (it is not for the name that was connected to)";
    default: return "";
  }
}

std::string silence(Transport transport, const Endpoint& server, Stage stage) {
  const std::string where = place(transport, server);
  if (!is_stream(transport) || stage == Stage::connecting)
    return fmt::format("{} does not answer: nothing listens there, or a firewall drops it", where);
  if (stage == Stage::handshake)
    return fmt::format("{} takes connections, but answers no TLS handshake", where);
  return fmt::format("{} takes connections, but answers no Binding: it is no STUN or TURN server", where);
}

}  // namespace turnpike::probe
