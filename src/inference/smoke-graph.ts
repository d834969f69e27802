/** What the smoke graph answers to sixteen ones, computed in plain integers by the script that made the graph, not by a runtime. */
export const smokeAnswer: readonly number[] = [5200.03125, 133.5625, -135.25, -361.28125]

/**
 * A small int8 network (QDQ; one convolution, one product) in which activations of 255 meet weights of 127: it crashes where the kernels need
 * instructions that the processor lacks, and answers otherwise where they add in 16 bits and saturate. ONNX, opset 13, input [N, 16], output [N, 4];
 * made by test/inference/fixtures/smoke-graph.py.
 */
export const smokeGraph = new Uint8Array(
  Buffer.from(
    'CAgSDHNwZWN0cm8ybXF0dDq4DQoYCgF4CgRheGVzEgJ4MSIJVW5zcXVlZXplCigKAngxCghpbl9zY2FsZQoEemVybxICeHEiDlF1YW50aXplTGluZWFyCioKAnhxCghpbl9zY2FsZQoE' +
      'emVybxICeGQiEERlcXVhbnRpemVMaW5lYXIKQAoEY29udgoKY29udl9zY2FsZQoJY29udl96ZXJvEgJjdyIQRGVxdWFudGl6ZUxpbmVhcioLCgRheGlzGACgAQIKTwoJY29udl9iaWFz' +
      'Cg9jb252X2JpYXNfc2NhbGUKDmNvbnZfYmlhc196ZXJvEgJjYiIQRGVxdWFudGl6ZUxpbmVhcioLCgRheGlzGACgAQIKKgoCeGQKAmN3CgJjYhIBYyIEQ29udioTCgxrZXJuZWxfc2hh' +
      'cGVABKABBwoMCgFjEgFyIgRSZWx1CigKAXIKCW1pZF9zY2FsZQoEemVybxICcnEiDlF1YW50aXplTGluZWFyCisKAnJxCgltaWRfc2NhbGUKBHplcm8SAnJkIhBEZXF1YW50aXplTGlu' +
      'ZWFyChAKAnJkEgFmIgdGbGF0dGVuCigKAWYKCW1pZF9zY2FsZQoEemVybxICZnEiDlF1YW50aXplTGluZWFyCisKAmZxCgltaWRfc2NhbGUKBHplcm8SAmZkIhBEZXF1YW50aXplTGlu' +
      'ZWFyCkMKBWRlbnNlCgtkZW5zZV9zY2FsZQoKZGVuc2VfemVybxICZHciEERlcXVhbnRpemVMaW5lYXIqCwoEYXhpcxgBoAECClIKCmRlbnNlX2JpYXMKEGRlbnNlX2JpYXNfc2NhbGUK' +
      'D2RlbnNlX2JpYXNfemVybxICZGIiEERlcXVhbnRpemVMaW5lYXIqCwoEYXhpcxgAoAECChUKAmZkCgJkdwoCZGISAXkiBEdlbW0SBXNtb2tlKhIQAUIIaW5fc2NhbGVKBAAAgDsqExAB' +
      'QgltaWRfc2NhbGVKBAAAgEAqCxACQgR6ZXJvSgEAKjAICAgBCAQQA0IEY29udkogf39/f/1+/X79f39+f/1+f2R+ZH9kfmR//X9kf35kZH8qMggIEAFCCmNvbnZfc2NhbGVKIAAAAD4A' +
      'AAA+AAAAPgAAAD4AAAA+AAAAPgAAAD4AAAA+KhkICBADQgljb252X3plcm9KCAAAAAAAAAAAKjEICBAGQgljb252X2JpYXNKIOP+///jAQAA/QAAAAMAAADq////bAEAAGL+//+Z/v//' +
      'KjcICBABQg9jb252X2JpYXNfc2NhbGVKIAAAADoAAAA6AAAAOgAAADoAAAA6AAAAOgAAADoAAAA6KjYICBAGQg5jb252X2JpYXNfemVyb0ogAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' +
      'AAAAAAAAAAAqsAMIaAgEEANCBWRlbnNlSqADfwqIwH+XuoJ/vVKJfw70MH/6SZ9/BEcWf7qERX9yrM1/tdHuf6pTkH9FmvB/WAibf+mXin9o/5h/5Rwmf9QnCX8ji5h/cNiaf3Tdy3+v' +
      'IVl/OMLyf4QBeX9Oh7V/R4PNfxZMiH9JzM1/lZ+lf4iuRX9xfVN/jouYf9II+n9LXRV/DULff2oZ03/iA21/6OOLf+Fq039HQ8h/MbeQfxIrlX8xl2Z/cvPif9WL4X++uVp/aOF6f5py' +
      'D39V9ax/Tjk8f5l8Cn9ItsZ/5nmWf85cMn+wTil/rtgRf2uuRH/DT69/HsDMfzZeon9V1LF/oX4df1OgnX/LCe5/oYnVf7PQKn/tVJl/a5Wtfx9cD3+UfBt/1whkfzDvPX+j5WV/FESZ' +
      'f2bfJ39oBtB/8tghf0tDWX8fEsV/PXVPfygkUn8Xpyp/Tscaf3GxM3+t6jd/13iRf4rxXX/wC/x/GI9Afy/9BH/ZUS9/UMh9f04QGn9Vejt/828ef6YXXH/Njfl/G01Ifyj+rH/zp9x/' +
      'fsZjfywbOX/Ktdp/rILTf99hG3+f6MEqIwgEEAFCC2RlbnNlX3NjYWxlShAAAAA8AAAAPAAAADwAAAA8KhYIBBADQgpkZW5zZV96ZXJvSgQAAAAAKiIIBBAGQgpkZW5zZV9iaWFzShCi' +
      '/v//bgAAAEABAACPAAAAKigIBBABQhBkZW5zZV9iaWFzX3NjYWxlShAAAAA9AAAAPQAAAD0AAAA9KicIBBAGQg9kZW5zZV9iaWFzX3plcm9KEAAAAAAAAAAAAAAAAAAAAAAqFAgBEAdC' +
      'BGF4ZXNKCAEAAAAAAAAAWhQKAXgSDwoNCAESCQoDEgFOCgIIEGIUCgF5Eg8KDQgBEgkKAxIBTgoCCARCBAoAEA0=',
    'base64',
  ),
)
