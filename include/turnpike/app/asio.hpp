// Boost.Asio, whose function bodies are compiled once, in asio.cpp (BOOST_ASIO_SEPARATE_COMPILATION).
#pragma once

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
