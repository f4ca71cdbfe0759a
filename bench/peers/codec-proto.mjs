// The codec benchmark's types in protocol buffers, with fixed-size integers as XDR has them.
export const proto = `
syntax = "proto3";
message pair { sfixed32 a = 1; sfixed32 b = 2; }
message specdata3 { fixed32 specdata1 = 1; fixed32 specdata2 = 2; }
message nfstime3 { fixed32 seconds = 1; fixed32 nseconds = 2; }
message fattr3 {
  fixed32 type = 1; fixed32 mode = 2; fixed32 nlink = 3; fixed32 uid = 4; fixed32 gid = 5;
  fixed64 size = 6; fixed64 used = 7; specdata3 rdev = 8; fixed64 fsid = 9; fixed64 fileid = 10;
  nfstime3 atime = 11; nfstime3 mtime = 12; nfstime3 ctime = 13;
}
message entry { fixed32 fileid = 1; string name = 2; fixed64 cookie = 3; }
message directory { repeated entry entries = 1; }
message samples { repeated double values = 1; }
message blob { bytes data = 1; }
`;
