// Boost.Asio, whose function bodies are compiled once, in asio.cpp (BOOST_ASIO_SEPARATE_COMPILATION).
#pragma once

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>

// GCC 12 sees how Asio allocates the frame of a coroutine, not how it frees it, and takes the one for a
// mismatch of the other.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
