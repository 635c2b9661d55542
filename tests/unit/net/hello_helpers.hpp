// First messages of real TLS clients.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "turnpike/base/bytes.hpp"
#include "vectors.hpp"

namespace turnpike::net {

struct HelloClient {
  const char* name = nullptr;
  int version = TLS1_3_VERSION;
  std::string alpn{};  // as they are sent, each with its length
};

// What OpenSSL's client sends first.
inline std::string hello_of_openssl(const HelloClient& client) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                  &SSL_CTX_free);
  SSL_CTX_set_min_proto_version(context.get(), client.version);
  SSL_CTX_set_max_proto_version(context.get(), client.version);
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), &SSL_free);
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  if (client.name != nullptr) SSL_set_tlsext_host_name(ssl.get(), client.name);
  const Bytes labels = as_bytes(client.alpn);
  SSL_set_alpn_protos(ssl.get(), labels.data(), static_cast<unsigned>(labels.size()));
  SSL_connect(ssl.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(SSL_get_wbio(ssl.get()), &data);
  return {data, static_cast<std::size_t>(size)};
}

// For www.example.org, with an encrypted ClientHello inside.
inline std::string hello_of_chromium() {
  return std::string(as_text(test::load_vector("chromium-client-hello").bytes));
}

}  // namespace turnpike::net
