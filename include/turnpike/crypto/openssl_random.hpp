// Random bytes of OpenSSL's generator, drawn in advance so that small requests are cheap.
#pragma once

#include <array>

#include "turnpike/base/random.hpp"

namespace turnpike::crypto {

// Makes random bytes fit for secrets. Not thread-safe: each thread has its own. A failure of the generator
// ends the process, because nothing can be served safely then.
class OpenSslRandom final : public Random {
 public:
  OpenSslRandom() = default;
  ~OpenSslRandom() override;
  OpenSslRandom(const OpenSslRandom&) = delete;
  OpenSslRandom& operator=(const OpenSslRandom&) = delete;

  void fill(MutableBytes out) override;

 private:
  std::array<std::uint8_t, 512> buffer_{};
  std::size_t left_ = 0;  // unused bytes, at the end of the buffer; used ones are wiped
};

}  // namespace turnpike::crypto
