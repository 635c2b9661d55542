// Responses and indications of a server into outputs.
#include "turnpike/client/output.hpp"

#include <algorithm>
#include <string_view>

namespace turnpike::client {
namespace {

using stun::Attr;
using stun::MessageView;
using stun::Method;

bool has_unknown_required(const MessageView& message) {
  bool found = false;
  message.for_each([&](const stun::Attribute& attribute) {
    found = found || (stun::is_comprehension_required(attribute.type) && !stun::is_known(attribute.type));
  });
  return found;
}

std::optional<Endpoint> find_xor_address(const MessageView& message, Attr type) {
  const auto value = message.find(type);
  return value ? stun::read_xor_address(*value, message.transaction_id()) : std::nullopt;
}

std::optional<std::uint32_t> find_lifetime(const MessageView& message) {
  const auto value = message.find(Attr::lifetime);
  return value ? stun::read_u32(*value) : std::nullopt;
}

// MAPPED-ADDRESS alone is what servers older than RFC 5389 send.
std::optional<Endpoint> find_mapped(const MessageView& message) {
  if (const auto mapped = find_xor_address(message, Attr::xor_mapped_address)) return mapped;
  const auto value = message.find(Attr::mapped_address);
  return value ? stun::read_address(*value) : std::nullopt;
}

// RFC 8489 14.16.
bool is_domain(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, is_letter);
}

std::optional<Output> read_binding(const MessageView& response) {
  const auto mapped = find_mapped(response);
  return mapped ? std::optional<Output>(MappedAddress{*mapped}) : std::nullopt;
}

std::optional<Output> read_allocate(const MessageView& response) {
  Allocated allocated;
  response.for_each([&](const stun::Attribute& attribute) {
    if (attribute.type != Attr::xor_relayed_address) return;
    if (const auto relayed = stun::read_xor_address(attribute.value, response.transaction_id()))
      allocated.relayed.push_back(*relayed);
  });
  const auto mapped = find_mapped(response);
  const auto lifetime_s = find_lifetime(response);
  if (allocated.relayed.empty() || !mapped || !lifetime_s) return std::nullopt;
  allocated.mapped = *mapped;
  allocated.lifetime_s = *lifetime_s;
  if (const auto token = response.find(Attr::reservation_token);
      token && token->size() == sizeof(ReservationToken)) {
    std::ranges::copy(*token, allocated.reservation_token.emplace().begin());
  }
  return allocated;
}

std::optional<Output> read_refresh(const MessageView& response) {
  const auto lifetime_s = find_lifetime(response);
  return lifetime_s ? std::optional<Output>(Refreshed{*lifetime_s}) : std::nullopt;
}

std::optional<Output> read_by_method(const Request& request, const MessageView& response) {
  switch (request.method) {
    case Method::binding: return read_binding(response);
    case Method::allocate: return read_allocate(response);
    case Method::refresh: return read_refresh(response);
    case Method::create_permission: return PermissionCreated{request.peers};
    case Method::channel_bind: return ChannelBound{request.peers.front(), request.channel};
    default: return std::nullopt;
  }
}

}  // namespace

Output read_success(const Request& request, const MessageView& response) {
  if (has_unknown_required(response)) return Failed{request, 0, "unknown attribute in the response"};
  return read_by_method(request, response).value_or(Failed{request, 0, "incomplete response"});
}

std::optional<Redirection> read_redirection(const MessageView& response) {
  Redirection redirection;
  response.for_each([&](const stun::Attribute& attribute) {
    const bool is_wanted = attribute.type == Attr::alternate_server && redirection.servers.size() < 2;
    const auto server = is_wanted ? stun::read_address(attribute.value) : std::nullopt;
    if (server) redirection.servers.push_back(*server);
  });
  if (const auto domain = response.find(Attr::alternate_domain)) {
    redirection.domain = as_text(*domain);
    if (!is_domain(redirection.domain)) return std::nullopt;
  }
  return redirection.servers.empty() ? std::nullopt : std::optional(std::move(redirection));
}

Failed read_error(const Request& request, const MessageView& response) {
  const auto value = response.find(Attr::error_code);
  const auto code = value ? stun::read_error_code(*value) : std::nullopt;
  if (!code) return Failed{request, 0, "error response without a code"};
  return Failed{request, *code, std::string(as_text(value->subspan(4)))};
}

std::optional<Output> read_indication(const MessageView& indication) {
  const auto peer = find_xor_address(indication, Attr::xor_peer_address);
  if (indication.method() != Method::data || !peer || has_unknown_required(indication)) return std::nullopt;
  if (const auto icmp = indication.find(Attr::icmp)) {
    if (icmp->size() != 8) return std::nullopt;
    return IcmpReported{*peer, (*icmp)[2], (*icmp)[3], load_be32(icmp->data() + 4)};
  }
  const auto data = indication.find(Attr::data);
  if (!data) return std::nullopt;
  return Data{*peer, {data->begin(), data->end()}, false};
}

}  // namespace turnpike::client
