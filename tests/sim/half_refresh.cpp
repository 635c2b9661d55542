// Copies a request attribute by attribute.
#include "half_refresh.hpp"

#include "geography.hpp"
#include "turnpike/stun/builder.hpp"

namespace turnpike::sim {

using stun::Attr;

std::vector<std::uint8_t> for_one_half(Bytes request, Family family, const std::string& user,
                                       const std::string& password) {
  const auto message = stun::MessageView::parse(request);
  if (!message || message->method() != stun::Method::refresh || !message->has_integrity()) return {};
  std::vector<std::uint8_t> buffer(request.size() + 8);
  stun::MessageBuilder copy(buffer, message->method(), message->cls(), message->transaction_id());
  message->for_each([&](const stun::Attribute& attribute) { copy.add(attribute.type, attribute.value); });
  copy.add_u8_of_4(Attr::requested_address_family, static_cast<std::uint8_t>(family));
  const auto algorithm = message->find(Attr::password_algorithm);
  const auto named = algorithm ? static_cast<stun::PasswordAlgorithm>(load_be16(algorithm->data()))
                               : stun::PasswordAlgorithm::md5;
  const stun::Key key = stun::long_term_key(named, user, kRealm, password);
  message->integrity_sha256_at() != 0 ? copy.add_integrity_sha256(key.view())
                                      : copy.add_integrity_sha1(key.view());
  return buffer;
}

}  // namespace turnpike::sim
