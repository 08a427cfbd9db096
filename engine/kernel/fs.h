/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine's kernel: files, names, mounts, and the state of an exec. */
#ifndef SKEP_KERNEL_FS_H
#define SKEP_KERNEL_FS_H

#include "engine/kernel/base.h"

#define DNAME_INLINE_LEN 40

struct qstr {
	union {
		struct {
			u32 hash;
			u32 len;
		};
		u64 hash_len;
	};
	const unsigned char *name;
};

union shortname_store {
	unsigned char string[DNAME_INLINE_LEN];
	unsigned long words[5];
};

struct dentry {
	unsigned int d_flags;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	union shortname_store d_shortname;
	struct super_block *d_sb;
	unsigned long d_time;
	void *d_fsdata;
	struct hlist_node d_sib;
	struct hlist_head d_children;
};

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
	int mnt_flags;
};

struct mount {
	struct hlist_node mnt_hash;
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	const char *mnt_devname;
	struct mnt_namespace *mnt_ns;
	int mnt_id;
	int mnt_group_id;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file_system_type {
	const char *name;
	int fs_flags;
	struct file_system_type *next;
};

struct super_block {
	struct list_head s_list;
	KERNEL_DEV_T s_dev;
	unsigned char s_blocksize_bits;
	unsigned long s_blocksize;
	loff_t s_maxbytes;
	struct file_system_type *s_type;
	unsigned long s_flags;
	unsigned long s_iflags;
	unsigned long s_magic;
	struct dentry *s_root;
	void *s_security;
	void *s_fs_info;
	char s_id[32];
	struct user_namespace *s_user_ns;
};

struct inode {
	umode_t i_mode;
	unsigned short i_opflags;
	unsigned int i_flags;
	kuid_t i_uid;
	kgid_t i_gid;
	struct super_block *i_sb;
	struct address_space *i_mapping;
	void *i_security;
	unsigned long i_ino;
	union {
		const unsigned int i_nlink;
		unsigned int __i_nlink;
	};
	KERNEL_DEV_T i_rdev;
	loff_t i_size;
	time64_t i_atime_sec;
	time64_t i_mtime_sec;
	time64_t i_ctime_sec;
	u32 i_atime_nsec;
	u32 i_mtime_nsec;
	u32 i_ctime_nsec;
	u32 i_generation;
	u64 i_blocks;
	atomic64_t i_version;
	void *i_private;
};

struct address_space {
	struct inode *host;
	unsigned long nrpages;
	unsigned long flags;
};

struct file {
	spinlock_t f_lock;
	fmode_t f_mode;
	struct address_space *f_mapping;
	void *private_data;
	struct inode *f_inode;
	unsigned int f_flags;
	unsigned int f_iocb_flags;
	const struct cred *f_cred;
	union {
		const struct path f_path;
		struct path __f_path;
	};
	loff_t f_pos;
	void *f_security;
};

struct fs_struct {
	int users;
	int umask;
	int in_exec;
	struct path root;
	struct path pwd;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
	unsigned long *close_on_exec;
	unsigned long *open_fds;
};

struct files_struct {
	atomic_t count;
	struct fdtable *fdt;
	struct fdtable fdtab;
	unsigned int next_fd;
};

struct linux_binprm {
	unsigned long vma_pages;
	unsigned long argmin;
	struct mm_struct *mm;
	unsigned long p;
	unsigned int have_execfd : 1;
	unsigned int execfd_creds : 1;
	unsigned int secureexec : 1;
	unsigned int point_of_no_return : 1;
	struct file *executable;
	struct file *interpreter;
	struct file *file;
	struct cred *cred;
	int unsafe;
	unsigned int per_clear;
	int argc;
	int envc;
	const char *filename;
	const char *interp;
	const char *fdpath;
	unsigned int interp_flags;
	int execfd;
	unsigned long exec;
	struct rlimit rlim_stack;
	char buf[256];
};

#endif
