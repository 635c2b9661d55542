#include "turnpike/crypto/digest.hpp"

#include <openssl/evp.h>

#include <memory>

#include "turnpike/base/bytes.hpp"
#include "turnpike/crypto/require.hpp"

namespace turnpike::crypto {
namespace {

void digest(const EVP_MD* algorithm, std::initializer_list<std::string_view> parts, MutableBytes out) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  require(context && EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1);
  for (const std::string_view part : parts)
    require(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  require(EVP_MD_get_size(algorithm) == static_cast<int>(out.size()) &&
          EVP_DigestFinal_ex(context.get(), out.data(), nullptr) == 1);
}

}  // namespace

Md5 md5(std::initializer_list<std::string_view> parts) {
  Md5 out;
  digest(EVP_md5(), parts, out);
  return out;
}

Sha256 sha256(std::initializer_list<std::string_view> parts) {
  Sha256 out;
  digest(EVP_sha256(), parts, out);
  return out;
}

}  // namespace turnpike::crypto
