# SPDX-License-Identifier: GPL-3.0-or-later
"""test_generator.py MC_STREAM: the generator of the kernel mc, from its definition.  TAP on stdout.

A second implementation gives the bytes of the first blocks; and the period of a lane, 2^256 - 1, is
proved: the update is a linear map M on 256 bits.  M^(2^256) = M, so that the order of M divides
2^256 - 1; for no prime p of that is M^((2^256 - 1)/p) the identity, so that it is no less.  Then the
powers of M and 0 are 2^256 matrices, as many as polynomials in M can be: they are a field, and M
takes any state but 0 through all the others.
"""
import os
import subprocess
import sys

WORD = (1 << 64) - 1
G = 0x9e3779b97f4a7c15
ORDER = 2**256 - 1
# 2^256 - 1 is the product of the Fermat numbers 2^1 + 1, 2^2 + 1, 2^4 + 1, ..., 2^128 + 1.
PRIMES = (3, 5, 17, 257, 65537, 641, 6700417, 274177, 67280421310721, 59649589127497217,
          5704689200685129054721)


def mix64(z):
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9 & WORD
    z = (z ^ z >> 27) * 0x94d049bb133111eb & WORD
    return z ^ z >> 31


def rotate(word, bits):
    return (word << bits | word >> (64 - bits)) & WORD


def update(s0, s1, s2, s3):
    shifted = s1 << 17 & WORD
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    return s0, s1, s2 ^ shifted, rotate(s3, 45)


def block_bytes(seed, block, set_, steps):
    """The first steps of all 32 lanes of a set."""
    key = mix64(seed + G & WORD)
    lanes = [tuple(mix64(key + G * (256 * block + 128 * set_ + 4 * lane + word + 1) & WORD)
                   for word in range(4)) for lane in range(32)]
    found = b""
    for _ in range(steps):
        for s0, _, _, s3 in lanes:
            found += (rotate(s0 + s3 & WORD, 23) + s0 & WORD).to_bytes(8, "little")
        lanes = [update(*lane) for lane in lanes]
    return found


def bytes_are_those_of_the_kernel(writer):
    for seed in (0, 1, 2**64 - 1):
        with subprocess.Popen([writer, "plain", str(seed)], stdout=subprocess.PIPE) as stream:
            found = stream.stdout.read((1 << 21) + 2048)
            stream.kill()
        if found[:4096] != block_bytes(seed, 0, 0, 16) or found[1 << 21:] != block_bytes(seed, 1, 0, 8):
            return False
    return True


# --- Linear maps: a list of the images of the 256 unit vectors, each a number of 256 bits ---

def update_matrix():
    columns = []
    for bit in range(256):
        state = [(1 << bit) >> 64 * word & WORD for word in range(4)]
        columns.append(sum(word << 64 * i for i, word in enumerate(update(*state))))
    return columns


def apply(matrix, vector):
    image = 0
    while vector:
        low = vector & -vector
        image ^= matrix[low.bit_length() - 1]
        vector ^= low
    return image


def powers_of_two_powers(matrix):
    """M, M^2, M^4, ..., M^(2^256)."""
    found = [matrix]
    for _ in range(256):
        found.append([apply(found[-1], column) for column in found[-1]])
    return found


def power_applied(powers, exponent, vector):
    for i, matrix in enumerate(powers):
        if exponent >> i & 1:
            vector = apply(matrix, vector)
    return vector


def is_prime(n):
    """Miller and Rabin's, exact below 3.3e24 with these bases."""
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41):
        x = pow(base, odd, n)
        if base % n and x != 1 and all(pow(x, 2**i, n) != n - 1 for i in range(twos)):
            return False
    return True


def primes_are_those_of_the_order(_):
    rest = ORDER
    for prime in PRIMES:
        if not is_prime(prime) or rest % prime:
            return False
        rest //= prime
    return rest == 1


def period_is_2_to_the_256_less_1(_):
    powers = powers_of_two_powers(update_matrix())
    return powers[256] == powers[0] and all(power_applied(powers, ORDER // p, 1) != 1 for p in PRIMES)


def main():
    tests = [bytes_are_those_of_the_kernel, primes_are_those_of_the_order, period_is_2_to_the_256_less_1]
    print(f"1..{len(tests)}")
    failed = 0
    for number, test in enumerate(tests, 1):
        fine = test(os.path.abspath(sys.argv[1]))
        failed += not fine
        print(f"{'ok' if fine else 'not ok'} {number} - {test.__name__.replace('_', ' ')}", flush=True)
    return failed > 0


sys.exit(main())
