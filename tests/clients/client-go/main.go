// A long-lived client-go program: it lists pods as often as its arguments say and prints one line for each.
//
// client-go runs the plugin when it has no token, when the time that it was told has passed (not a moment earlier), and
// after a 401; and it hands that 401 to its caller, without a second try.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run takes the number of lists and the pause between two, such as 500ms.
func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: client-go TIMES PAUSE")
	}
	times, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	pause, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	config.Timeout = 20 * time.Second
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	for i := range times {
		if i > 0 {
			time.Sleep(pause)
		}
		pods, err := clients.CoreV1().Pods("default").List(context.Background(), v1.ListOptions{})
		if err != nil {
			fmt.Println("error:", err)
			continue
		}
		for _, pod := range pods.Items {
			fmt.Println(pod.Name)
		}
	}
	return nil
}
