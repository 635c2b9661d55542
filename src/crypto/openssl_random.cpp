#include "turnpike/crypto/openssl_random.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace turnpike::crypto {
namespace {

void draw(MutableBytes out) {
  if (RAND_bytes(out.data(), static_cast<int>(out.size())) == 1) return;
  std::fputs("turnpike: the random generator failed\n", stderr);
  std::abort();
}

}  // namespace

OpenSslRandom::~OpenSslRandom() { OPENSSL_cleanse(buffer_.data(), buffer_.size()); }

void OpenSslRandom::fill(MutableBytes out) {
  if (out.size() >= buffer_.size()) return draw(out);
  if (out.size() > left_) {
    draw(buffer_);
    left_ = buffer_.size();
  }
  const auto fresh = MutableBytes(buffer_).last(left_).first(out.size());
  std::ranges::copy(fresh, out.begin());
  OPENSSL_cleanse(fresh.data(), fresh.size());
  left_ -= out.size();
}

}  // namespace turnpike::crypto
