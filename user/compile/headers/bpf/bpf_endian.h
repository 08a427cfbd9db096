/* SPDX-License-Identifier: BSD-2-Clause */
/* Byte order: between the machine's and the network's. They are constants when their argument is one. */
#ifndef __BPF_ENDIAN__
#define __BPF_ENDIAN__

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define __skep_be16(x) ((__u16)__builtin_bswap16((__u16)(x)))
#define __skep_be32(x) ((__u32)__builtin_bswap32((__u32)(x)))
#define __skep_be64(x) ((__u64)__builtin_bswap64((__u64)(x)))
#define __skep_le16(x) ((__u16)(x))
#define __skep_le32(x) ((__u32)(x))
#define __skep_le64(x) ((__u64)(x))
#else
#define __skep_be16(x) ((__u16)(x))
#define __skep_be32(x) ((__u32)(x))
#define __skep_be64(x) ((__u64)(x))
#define __skep_le16(x) ((__u16)__builtin_bswap16((__u16)(x)))
#define __skep_le32(x) ((__u32)__builtin_bswap32((__u32)(x)))
#define __skep_le64(x) ((__u64)__builtin_bswap64((__u64)(x)))
#endif

#define bpf_htons(x) __skep_be16(x)
#define __bpf_htons(x) __skep_be16(x)
#define __bpf_constant_htons(x) __skep_be16(x)
#define bpf_ntohs(x) __skep_be16(x)
#define __bpf_ntohs(x) __skep_be16(x)
#define __bpf_constant_ntohs(x) __skep_be16(x)
#define bpf_htonl(x) __skep_be32(x)
#define __bpf_htonl(x) __skep_be32(x)
#define __bpf_constant_htonl(x) __skep_be32(x)
#define bpf_ntohl(x) __skep_be32(x)
#define __bpf_ntohl(x) __skep_be32(x)
#define __bpf_constant_ntohl(x) __skep_be32(x)
#define bpf_cpu_to_be16(x) __skep_be16(x)
#define bpf_be16_to_cpu(x) __skep_be16(x)
#define bpf_cpu_to_be32(x) __skep_be32(x)
#define bpf_be32_to_cpu(x) __skep_be32(x)
#define bpf_cpu_to_be64(x) __skep_be64(x)
#define bpf_be64_to_cpu(x) __skep_be64(x)
#define bpf_cpu_to_le16(x) __skep_le16(x)
#define bpf_le16_to_cpu(x) __skep_le16(x)
#define bpf_cpu_to_le32(x) __skep_le32(x)
#define bpf_le32_to_cpu(x) __skep_le32(x)
#define bpf_cpu_to_le64(x) __skep_le64(x)
#define bpf_le64_to_cpu(x) __skep_le64(x)

/* The swaps alone, and names that are seen in older programs. */
#define ___bpf_swab16(x) __builtin_bswap16((__u16)(x))
#define ___bpf_swab32(x) __builtin_bswap32((__u32)(x))
#define ___bpf_swab64(x) __builtin_bswap64((__u64)(x))
#define __bpf_cpu_to_be64(x) __skep_be64(x)
#define __bpf_be64_to_cpu(x) __skep_be64(x)
#define __bpf_constant_cpu_to_be64(x) __skep_be64(x)
#define __bpf_constant_be64_to_cpu(x) __skep_be64(x)

#endif
