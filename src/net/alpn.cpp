#include "turnpike/net/alpn.hpp"

#include <algorithm>
#include <iterator>

namespace turnpike::net {
namespace {

// The best first.
constexpr struct {
  std::string_view label;
  Alpn alpn;
} kKnown[] = {{"stun.turn", Alpn::turn}, {"stun.nat-discovery", Alpn::turn}, {"http/1.1", Alpn::http}};

bool offers(Bytes offered, std::string_view label) {
  while (!offered.empty()) {
    const std::size_t size = std::min<std::size_t>(offered[0], offered.size() - 1);
    if (as_text(offered.subspan(1, size)) == label) return true;
    offered = offered.subspan(1 + size);
  }
  return false;
}

int on_alpn(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
            unsigned offered_size, void*) {
  const std::string_view label = choose_label({offered, offered_size});
  if (label.empty()) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = as_bytes(label).data();
  *size = static_cast<unsigned char>(label.size());
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

std::string_view choose_label(Bytes offered) {
  for (const auto& known : kKnown) {
    if (offers(offered, known.label)) return known.label;
  }
  return {};
}

Alpn alpn_of(std::string_view label) {
  for (const auto& known : kKnown) {
    if (known.label == label) return known.alpn;
  }
  return Alpn::none;
}

void use_alpn(SSL_CTX* context) { SSL_CTX_set_alpn_select_cb(context, on_alpn, nullptr); }

}  // namespace turnpike::net
